package dev.keyhold.bench.scale;

import dev.keyhold.StoreTargets;
import dev.keyhold.bench.load.Generator.Slice;
import dev.keyhold.bench.load.Launch;
import dev.keyhold.bench.load.LoadFailed;
import dev.keyhold.bench.load.ProcessUse;
import dev.keyhold.bench.load.ScratchFolder;
import dev.keyhold.bench.load.Wrk;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.apache.commons.cli.ParseException;

/// `bench/scale`: an empty store and one with a million keys, in turns. How to read the tables:
/// bench/README.md.
public final class ScaleBench {
  /// Of the empty stores: there has to be a key to encrypt with.
  private static final int FEW = 30;

  private final ScaleOptions options;
  private final Launch launch;
  private final Path folder;

  private ScaleBench(ScaleOptions options, Launch launch, Path folder) {
    this.options = options;
    this.launch = launch;
    this.folder = folder;
  }

  /// @param arguments the repository's folder, then the options
  public static void main(String[] arguments) throws Exception {
    Path root = Path.of(arguments[0]);
    String[] rest = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    try {
      ScaleOptions options = ScaleOptions.parse(rest);
      if (!Wrk.isInstalled()) {
        throw new LoadFailed("there is no wrk: apt-get install wrk");
      }
      var launch = new Launch(root, java.util.Optional.empty(), options.set());
      launch.prepare();
      new ScaleBench(options, launch, root.resolve("bench/target/scale")).run();
    } catch (ParseException | LoadFailed failure) {
      System.err.println("bench: " + failure.getMessage());
      System.exit(1);
    }
  }

  private void run() throws Exception {
    if (options.stores().contains("sqlite")) {
      compare("SQLite", List.of(), List.of());
    }
    if (options.stores().contains("postgres")) {
      if (!OwnPostgres.isInstalled()) {
        throw new LoadFailed("there is no PostgreSQL: apt-get install postgresql");
      }
      try (var postgres = OwnPostgres.start(folder.resolve("postgres"))) {
        postgres.createDatabase("few");
        postgres.createDatabase("million");
        if (options.nodes() == 0) {
          compare("PostgreSQL", settings(postgres, "few"), settings(postgres, "million"));
        } else {
          nodes(postgres);
        }
      }
    }
  }

  private static List<String> settings(OwnPostgres postgres, String database) {
    return List.of("store.url=" + postgres.url(database), "store.user=" + OwnPostgres.USER);
  }

  private StoreTargets filled(Path data, List<String> settings, boolean full) throws Exception {
    if (full) {
      StoreTargets.fill(data, settings, options.projects(), options.keys(), options.largest());
    } else {
      StoreTargets.fill(data, settings, 3, FEW, FEW);
    }
    return StoreTargets.read(data, settings);
  }

  private void nodes(OwnPostgres postgres) throws Exception {
    Path data = folder.resolve("postgresql-full");
    StoreTargets targets = filled(data, settings(postgres, "million"), true);
    try (var scratch = new ScratchFolder("keyhold-scale-")) {
      new Nodes(options, launch.with(settings(postgres, "million")), postgres, targets)
          .run(data, scratch.path());
    }
  }

  private void compare(String kind, List<String> fewSettings, List<String> fullSettings)
      throws Exception {
    String prefix = kind.toLowerCase(Locale.ROOT);
    Path fewData = folder.resolve(prefix + "-few");
    Path fullData = folder.resolve(prefix + "-full");
    StoreTargets few = filled(fewData, fewSettings, false);
    StoreTargets full = filled(fullData, fullSettings, true);
    try (var scratch = new ScratchFolder("keyhold-scale-");
        var empty =
            Subject.of(kind + " empty", few, launch.with(fewSettings), fewData, scratch.path());
        var million =
            Subject.of(kind + " full", full, launch.with(fullSettings), fullData, scratch.path())) {
      System.out.printf("%n## %s: %d keys that encrypt%n%n", kind, full.keys().size());
      if (options.only().isEmpty()) {
        ready(empty, million);
        hot(empty, million);
      }
      System.out.print(Row.HEAD);
      for (int connections : options.connections()) {
        table(empty, million, connections);
      }
      System.out.printf(
          "%nPeak RSS: empty %d MiB, full %d MiB%n",
          empty.use().peakRssKib() / 1024, million.use().peakRssKib() / 1024);
      empty.stop();
      million.stop();
    }
  }

  private void ready(Subject empty, Subject million) throws IOException, InterruptedException {
    for (int i = 0; i < options.launches(); i++) {
      empty.restart();
      million.restart();
    }
    System.out.printf(
        "| %-16s | %10s | %10s | %10s | %7s |%n", "ready, ms", "min", "median", "max", "RSS MiB");
    System.out.println("| --- | ---: | ---: | ---: | ---: |");
    for (Subject each : List.of(empty, million)) {
      List<Long> millis = each.ready.stream().map(Duration::toMillis).sorted().toList();
      System.out.printf(
          "| %-16s | %10d | %10d | %10d | %7d |%n",
          each.name,
          millis.getFirst(),
          millis.get(millis.size() / 2),
          millis.getLast(),
          each.readyRssKib / 1024);
    }
    System.out.println();
  }

  /// The ratio of one hot key's throughput, full to empty: medians of neighbours.
  private void hot(Subject empty, Subject million) throws IOException, InterruptedException {
    int connections = options.connections().getFirst();
    for (Subject each : List.of(empty, million)) {
      each.run(each.draws.hot(), connections, options.warmUp());
    }
    var ofEmpty = new Row("encrypt-datakey, one key", empty.name, connections);
    var ofMillion = new Row("encrypt-datakey, one key", million.name, connections);
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < options.rounds(); i++) {
      Slice first = slice(ofEmpty, empty, empty.draws.hot(), connections);
      Slice second = slice(ofMillion, million, million.draws.hot(), connections);
      Slice third = slice(ofMillion, million, million.draws.hot(), connections);
      Slice fourth = slice(ofEmpty, empty, empty.draws.hot(), connections);
      ratios.add(
          (second.perSecond() + third.perSecond()) / (first.perSecond() + fourth.perSecond()));
    }
    System.out.print(Row.HEAD + ofEmpty.text() + ofMillion.text());
    System.out.printf(
        Locale.ROOT,
        "%nOne hot key: full / empty %.2f (%.2f to %.2f)%n%n",
        Row.median(ratios),
        ratios.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
        ratios.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
  }

  private void table(Subject empty, Subject million, int connections)
      throws IOException, InterruptedException {
    Draws draws = million.draws;
    String largest = million.targets.largest();
    String small = million.targets.small();
    int last = options.largest() - 100;
    int lastOfSmall = options.keys() - 100;
    List<Traffic> traffic =
        List.of(
            draws.uniform(),
            draws.zipf(),
            draws.describe(),
            draws.list("list-keys of %d, first 100".formatted(options.keys()), small, 100, 0, ALL),
            draws.list(
                "list-keys of %d, last 100".formatted(options.keys()),
                small,
                100,
                lastOfSmall,
                ALL),
            draws.list(
                "list-keys of %d, first 100".formatted(options.largest()), largest, 100, 0, ALL),
            draws.list(
                "list-keys of %d, middle 100".formatted(options.largest()),
                largest,
                100,
                last / 2,
                ALL),
            draws.list(
                "list-keys of %d, last 100".formatted(options.largest()), largest, 100, last, ALL),
            draws.list(
                "list-keys, disabled, last 100",
                largest,
                100,
                options.largest() * 3L / 100 - 100,
                ",\"key_state\":\"3\""));
    for (Traffic each : traffic) {
      measure(million, _ -> each, connections);
    }
    measure(empty, subject -> subject.draws.create(connections), connections);
    measure(million, subject -> subject.draws.create(connections), connections);
  }

  private static final String ALL = ",\"key_spec\":\"ALL\"";

  private void measure(Subject subject, Function<Subject, Traffic> traffic, int connections)
      throws IOException, InterruptedException {
    Traffic first = traffic.apply(subject);
    if (!first.name().contains(options.only())) {
      return;
    }
    String name = first.once() ? first.call() : first.name();
    var row = new Row(name, subject.name, connections);
    subject.run(first, connections, options.slice()); // compiles what is new
    for (int i = 0; i < options.rounds(); i++) {
      slice(row, subject, traffic.apply(subject), connections);
    }
    System.out.print(row.text());
  }

  private Slice slice(Row row, Subject subject, Traffic traffic, int connections)
      throws IOException, InterruptedException {
    ProcessUse before = subject.use();
    Slice slice = subject.run(traffic, connections, options.slice());
    ProcessUse after = subject.use();
    row.add(slice, after.cpu().minus(before.cpu()), after.rssKib());
    return slice;
  }
}
