package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.help.HelpFormatter;

/// `bench/run`: what the server does a second, and what a request costs, beside the ceiling of the
/// same server in the same run. How to read the table: bench/README.md.
public final class LoadBench {
  private static final int WARM_UP_CONNECTIONS = 16;

  private final LoadOptions options;
  private final Generator generator;
  private final ServerProcess server;
  private final GcLog gcLog;

  private LoadBench(LoadOptions options, Generator generator, ServerProcess server, GcLog gcLog) {
    this.options = options;
    this.generator = generator;
    this.server = server;
    this.gcLog = gcLog;
  }

  /// @param arguments the repository's folder, then the options
  public static void main(String[] arguments) throws IOException, InterruptedException {
    Path root = Path.of(arguments[0]);
    String[] rest = List.of(arguments).subList(1, arguments.length).toArray(String[]::new);
    try {
      CommandLine given = LoadOptions.parse(rest);
      if (given.hasOption("help")) {
        HelpFormatter.builder()
            .setShowSince(false)
            .get()
            .printHelp("bench/run [options]", "", LoadOptions.OPTIONS, "", false);
        return;
      }
      run(root, LoadOptions.of(given));
    } catch (ParseException | LoadFailed failure) {
      System.err.println("bench: " + failure.getMessage());
      System.exit(1);
    }
  }

  private static void run(Path root, LoadOptions options) throws IOException, InterruptedException {
    Generator generator = options.jvmGenerator() ? new NioGenerator() : Generator.preferred();
    Launch launch = new Launch(root, options.jar()).with(options.set());
    launch.prepare();
    if (!options.against().isEmpty()) {
      Comparison.run(launch, options, generator);
      return;
    }
    try (var folder = new ScratchFolder("keyhold-bench-")) {
      var gcLog = new GcLog(folder.path().resolve("gc.log"));
      Path data = folder.path().resolve("data");
      Path log = folder.path().resolve("server.log");
      try (var server = ServerProcess.start(launch, data, log, List.of(gcLog.javaOption()))) {
        server.awaitReady();
        System.out.printf(
            "%s, load by %s, about %d s%n", launch, generator.name(), options.total().toSeconds());
        var rows = new LoadBench(options, generator, server, gcLog).measure(data);
        System.out.printf("%nPeak RSS %d MiB%n", server.use().peakRssKib() / 1024);
        server.stop();
        if (options.comparePrimitives()) {
          compare(rows);
        }
      }
    }
  }

  /// Once the server is gone: the two must not share the cores.
  private static void compare(Map<Integer, List<Series.Row>> measured) throws LoadFailed {
    Map<String, Double> primitives = Primitives.measure();
    measured.forEach((connections, rows) ->
        System.out.printf("%n%s", Primitives.table(connections, rows, primitives)));
  }

  /// @return the rows of each number of connections
  private Map<Integer, List<Series.Row>> measure(Path data)
      throws IOException, InterruptedException {
    List<Workload> workloads;
    try (var api = new Api(server.authority())) {
      workloads =
          Workloads.prepare(api, data).stream()
              .filter(workload -> options.only().contains(workload.name()))
              .toList();
    }
    warmUp(Workload.CEILING);
    for (Workload workload : workloads) {
      warmUp(workload);
    }
    var measured = new LinkedHashMap<Integer, List<Series.Row>>();
    for (int connections : options.connections()) {
      List<Series.Row> rows = rows(workloads, connections);
      System.out.printf("%n%s", Table.of(connections, rows));
      measured.put(connections, rows);
    }
    return measured;
  }

  private void warmUp(Workload workload) throws IOException, InterruptedException {
    PlainRequest request = workload.request().apply(Instant.now());
    generator.run(request, server.port(), WARM_UP_CONNECTIONS, options.warmUp());
  }

  /// Whatever else this machine does meanwhile strikes all alike, since they take turns.
  private List<Series.Row> rows(List<Workload> workloads, int connections)
      throws IOException, InterruptedException {
    var ceiling = new Series(Workload.CEILING.name());
    List<Series> series = workloads.stream().map(workload -> new Series(workload.name())).toList();
    for (int round = 0; round < options.rounds(); round++) {
      Series.Sample before = slice(Workload.CEILING, connections);
      ceiling.add(before);
      for (int i = 0; i < workloads.size(); i++) {
        Series.Sample sample = slice(workloads.get(i), connections);
        Series.Sample after = slice(Workload.CEILING, connections);
        ceiling.add(after);
        series.get(i).add(sample, before, after);
        before = after;
      }
    }
    List<Series.Row> rows = new ArrayList<>();
    rows.add(ceiling.row(gcLog));
    for (Series one : series) {
      rows.add(one.row(gcLog));
    }
    return rows;
  }

  private Series.Sample slice(Workload workload, int connections)
      throws IOException, InterruptedException {
    PlainRequest request = workload.request().apply(Instant.now());
    ProcessUse before = server.use();
    Instant from = Instant.now();
    Generator.Slice slice = generator.run(request, server.port(), connections, options.slice());
    Instant to = Instant.now();
    ProcessUse after = server.use();
    Duration cpu = after.cpu().minus(before.cpu());
    return new Series.Sample(slice, from, to, cpu, after.rssKib());
  }
}
