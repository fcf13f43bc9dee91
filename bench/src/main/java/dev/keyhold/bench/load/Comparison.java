package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// Two servers that differ in some properties, measured in turns: what the difference costs.
final class Comparison {
  private static final int WARM_UP_CONNECTIONS = 16;

  private final LoadOptions options;
  private final Generator generator;

  private Comparison(LoadOptions options, Generator generator) {
    this.options = options;
    this.generator = generator;
  }

  /// One of the two.
  private record Side(ServerProcess server, GcLog gcLog, List<Workload> workloads) {}

  static void run(Launch launch, LoadOptions options, Generator generator)
      throws IOException, InterruptedException {
    Launch other = launch.with(options.against());
    try (var folder = new ScratchFolder("keyhold-bench-")) {
      Path mine = folder.path().resolve("data");
      Path others = folder.path().resolve("other");
      var gcLog = new GcLog(folder.path().resolve("gc.log"));
      var otherGcLog = new GcLog(folder.path().resolve("other-gc.log"));
      try (var server = start(launch, mine, gcLog);
          var base = start(other, others, otherGcLog)) {
        System.out.printf(
            "%s, against %s, load by %s%n",
            launch, String.join(" ", options.against()), generator.name());
        var comparison = new Comparison(options, generator);
        comparison.measure(
            comparison.side(server, gcLog, mine), comparison.side(base, otherGcLog, others));
        server.stop();
        base.stop();
      }
    }
  }

  private static ServerProcess start(Launch launch, Path data, GcLog gcLog)
      throws IOException, InterruptedException {
    Path log = data.resolveSibling(data.getFileName() + ".log");
    ServerProcess server = ServerProcess.start(launch, data, log, List.of(gcLog.javaOption()));
    server.awaitReady();
    return server;
  }

  private Side side(ServerProcess server, GcLog gcLog, Path data)
      throws IOException, InterruptedException {
    try (var api = new Api(server.authority())) {
      List<Workload> workloads =
          Workloads.prepare(api, data).stream()
              .filter(workload -> options.only().contains(workload.name()))
              .toList();
      return new Side(server, gcLog, workloads);
    }
  }

  private void measure(Side side, Side base) throws IOException, InterruptedException {
    for (Side each : List.of(side, base)) {
      for (Workload workload : each.workloads()) {
        generator.run(
            workload.request().apply(Instant.now()),
            each.server().port(),
            WARM_UP_CONNECTIONS,
            options.warmUp());
      }
    }
    for (int connections : options.connections()) {
      for (int i = 0; i < side.workloads().size(); i++) {
        System.out.printf("%n%s", table(side, base, i, connections));
      }
    }
  }

  private String table(Side side, Side base, int workload, int connections)
      throws IOException, InterruptedException {
    var mine = new Series(side.workloads().get(workload).name());
    var others = new Series(String.join(" ", options.against()));
    Series.Sample before = slice(base, workload, connections);
    for (int round = 0; round < options.rounds(); round++) {
      Series.Sample sample = slice(side, workload, connections);
      Series.Sample after = slice(base, workload, connections);
      mine.add(sample, before, after);
      others.add(after);
      before = after;
    }
    return Table.of(
        connections, List.of(others.row(base.gcLog()), mine.row(side.gcLog())), "of the other");
  }

  private Series.Sample slice(Side side, int workload, int connections)
      throws IOException, InterruptedException {
    PlainRequest request = side.workloads().get(workload).request().apply(Instant.now());
    ProcessUse before = side.server().use();
    Instant from = Instant.now();
    Generator.Slice slice =
        generator.run(request, side.server().port(), connections, options.slice());
    Instant to = Instant.now();
    ProcessUse after = side.server().use();
    Duration cpu = after.cpu().minus(before.cpu());
    return new Series.Sample(slice, from, to, cpu, after.rssKib());
  }
}
