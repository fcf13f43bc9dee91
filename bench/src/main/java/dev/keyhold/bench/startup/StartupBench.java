package dev.keyhold.bench.startup;

import dev.keyhold.bench.load.Launch;
import dev.keyhold.bench.load.LoadFailed;
import dev.keyhold.bench.load.ScratchFolder;
import dev.keyhold.bench.load.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/// `bench/startup`: the time from the launch to the first 200 of `/health/ready`.
public final class StartupBench {
  private static final String WITHOUT_AOT_CACHE = "-XX:AOTMode=off";
  private static final int MOST_LAUNCHES = 1000;

  private static final Options OPTIONS =
      new Options()
          .addOption(value("launches", "N", "Of each kind. Default: 10."))
          .addOption(value("jar", "FILE", "Start this jar instead of ./keyhold."));

  private StartupBench() {}

  private static Option value(String name, String what, String description) {
    return Option.builder().longOpt(name).hasArg().argName(what).desc(description).get();
  }

  /// @param arguments the repository's folder, then the options
  public static void main(String[] arguments) throws IOException, InterruptedException {
    String[] rest = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    try {
      CommandLine given = new DefaultParser(false).parse(OPTIONS, rest);
      Optional<Path> jar = Optional.ofNullable(given.getOptionValue("jar")).map(Path::of);
      int launches = launches(given.getOptionValue("launches", "10"));
      run(new Launch(Path.of(arguments[0]), jar), launches);
    } catch (ParseException | LoadFailed failure) {
      System.err.println("bench: " + failure.getMessage());
      System.exit(1);
    }
  }

  private static int launches(String text) throws ParseException {
    if (!text.matches("[1-9][0-9]{0,3}") || Integer.parseInt(text) > MOST_LAUNCHES) {
      throw new ParseException("--launches takes a number from 1 to " + MOST_LAUNCHES);
    }
    return Integer.parseInt(text);
  }

  /// One kind of start, and what was measured of it.
  private record Kind(String name, List<Duration> ready, List<Long> rssMib, List<Duration> stop) {
    Kind(String name) {
      this(name, new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }
  }

  /// The kinds take turns, so that a busy moment of this machine strikes all of them.
  private static void run(Launch launch, int launches) throws IOException, InterruptedException {
    launch.prepare();
    var first = new Kind("empty folder");
    var again = new Kind("existing store");
    var withoutCache = new Kind("existing store, no AOT cache");
    System.out.printf("%s server --dev, %d launches of each kind%n%n", launch, launches);
    try (var kept = new ScratchFolder("keyhold-startup-")) {
      start(
          launch,
          kept.path(),
          List.of(),
          new Kind("not counted: fills the folder and the page cache"));
      for (int i = 0; i < launches; i++) {
        try (var empty = new ScratchFolder("keyhold-startup-")) {
          start(launch, empty.path(), List.of(), first);
        }
        start(launch, kept.path(), List.of(), again);
        start(launch, kept.path(), List.of(WITHOUT_AOT_CACHE), withoutCache);
      }
    }
    System.out.printf(
        "| %-28s | %6s | %6s | %6s | %9s | %10s |%n",
        "ms", "min", "median", "max", "RSS MiB", "stop");
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: |");
    for (Kind kind : List.of(first, again, withoutCache)) {
      System.out.print(line(kind));
    }
  }

  private static void start(Launch launch, Path folder, List<String> javaOptions, Kind kind)
      throws IOException, InterruptedException {
    Path log = folder.resolve("server.log");
    try (var server = ServerProcess.start(launch, folder.resolve("data"), log, javaOptions)) {
      kind.ready().add(server.awaitReady());
      kind.rssMib().add(server.use().rssKib() / 1024);
      kind.stop().add(server.stop());
    }
  }

  private static String line(Kind kind) {
    List<Long> millis = kind.ready().stream().map(Duration::toMillis).sorted().toList();
    List<Long> stop = kind.stop().stream().map(Duration::toMillis).sorted().toList();
    List<Long> rss = kind.rssMib().stream().sorted().toList();
    return String.format(
        Locale.ROOT,
        "| %-28s | %6d | %6d | %6d | %9d | %10d |%n",
        kind.name(),
        millis.getFirst(),
        millis.get(millis.size() / 2),
        millis.getLast(),
        rss.get(rss.size() / 2),
        stop.get(stop.size() / 2));
  }
}
