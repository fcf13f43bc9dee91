package dev.keyhold.bench.scale;

import dev.keyhold.StoreTargets;
import dev.keyhold.bench.load.Generator.Slice;
import dev.keyhold.bench.load.Launch;
import dev.keyhold.bench.load.ServerProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/// One hot key on 1 to N nodes that share a PostgreSQL, in turns: what a request costs the nodes,
/// and the database.
final class Nodes {
  private static final String TRANSACTIONS =
      "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = 'million'";

  /// PostgreSQL tells its statistics a second after a transaction at the latest.
  private static final Duration STATISTICS = Duration.ofMillis(1500);

  private final ScaleOptions options;
  private final Launch launch;
  private final OwnPostgres postgres;
  private final StoreTargets targets;
  private final List<ServerProcess> servers = new ArrayList<>();

  Nodes(ScaleOptions options, Launch launch, OwnPostgres postgres, StoreTargets targets) {
    this.options = options;
    this.launch = launch;
    this.postgres = postgres;
    this.targets = targets;
  }

  void run(Path data, Path scratch) throws Exception {
    try {
      for (int i = 0; i < options.nodes(); i++) {
        Path folder = Files.createDirectories(scratch.resolve("node-" + i));
        Files.setPosixFilePermissions(
            folder, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
        for (String file : List.of("root.key", "dev-credentials.json")) {
          Files.copy(
              data.resolve(file),
              folder.resolve(file),
              java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        }
        var server =
            ServerProcess.start(launch, folder, scratch.resolve("node-" + i + ".log"), List.of());
        servers.add(server);
        server.awaitReady();
      }
      measure(new Draws(targets).hot(), scratch);
      for (ServerProcess server : servers) {
        server.stop();
      }
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }

  /// What happened in one slice, to all nodes.
  private record Sample(
      double perSecond, double nodeMicros, double databaseMicros, double transactionsPerSecond) {}

  private void measure(Traffic hot, Path scratch) throws Exception {
    int connections = options.connections().getFirst();
    for (ServerProcess server : servers) {
      hot.run(targets, scratch, server.port(), connections, options.warmUp());
    }
    List<List<Sample>> samples = new ArrayList<>();
    servers.forEach(_ -> samples.add(new ArrayList<>()));
    List<Sample> idle = new ArrayList<>();
    for (int round = 0; round < options.rounds(); round++) {
      for (int nodes = 1; nodes <= servers.size(); nodes++) {
        samples.get(nodes - 1).add(slice(hot, scratch, nodes, connections));
      }
      idle.add(slice(hot, scratch, 0, connections));
    }
    System.out.printf(
        "%n## One hot key on the nodes of one PostgreSQL, %d connections in all%n%n", connections);
    System.out.println(
        "| nodes under load | req/s | node CPU µs a request | database CPU µs a request |"
            + " transactions a second |");
    System.out.println("| --- | ---: | ---: | ---: | ---: |");
    System.out.print(line("none", idle));
    for (int nodes = 1; nodes <= servers.size(); nodes++) {
      System.out.print(line(nodes + " of " + servers.size(), samples.get(nodes - 1)));
    }
  }

  private static String line(String name, List<Sample> samples) {
    return String.format(
        Locale.ROOT,
        "| %s | %.0f | %.1f | %.2f | %.1f |%n",
        name,
        Row.median(samples.stream().map(Sample::perSecond).toList()),
        Row.median(samples.stream().map(Sample::nodeMicros).toList()),
        Row.median(samples.stream().map(Sample::databaseMicros).toList()),
        Row.median(samples.stream().map(Sample::transactionsPerSecond).toList()));
  }

  private Sample slice(Traffic hot, Path scratch, int nodes, int connections)
      throws IOException, InterruptedException, SQLException, ExecutionException {
    Duration nodesBefore = cpu();
    Duration databaseBefore = postgres.cpu();
    long transactionsBefore = transactions();
    long from = System.nanoTime();
    long requests = load(hot, scratch, nodes, connections);
    double seconds = (System.nanoTime() - from) / 1e9;
    Duration nodesAfter = cpu();
    Duration databaseAfter = postgres.cpu();
    TimeUnit.NANOSECONDS.sleep(STATISTICS.toNanos());
    double transactionSeconds = (System.nanoTime() - from) / 1e9;
    long transactions = transactions() - transactionsBefore;
    return new Sample(
        requests / seconds,
        requests == 0 ? 0 : micros(nodesAfter.minus(nodesBefore)) / requests,
        requests == 0 ? 0 : micros(databaseAfter.minus(databaseBefore)) / requests,
        transactions / transactionSeconds);
  }

  private long load(Traffic hot, Path scratch, int nodes, int connections)
      throws InterruptedException, ExecutionException {
    if (nodes == 0) {
      TimeUnit.NANOSECONDS.sleep(options.slice().toNanos());
      return 0;
    }
    List<Callable<Slice>> loads = new ArrayList<>();
    for (ServerProcess server : servers.subList(0, nodes)) {
      loads.add(
          () -> hot.run(targets, scratch, server.port(), connections / nodes, options.slice()));
    }
    long requests = 0;
    try (var threads = Executors.newFixedThreadPool(nodes)) {
      for (Future<Slice> each : threads.invokeAll(loads)) {
        requests += each.get().requests();
      }
    }
    return requests;
  }

  private Duration cpu() throws IOException {
    Duration sum = Duration.ZERO;
    for (ServerProcess server : servers) {
      sum = sum.plus(server.use().cpu());
    }
    return sum;
  }

  private long transactions() throws SQLException {
    return postgres.number("postgres", TRANSACTIONS);
  }

  private static double micros(Duration duration) {
    return duration.toNanos() / 1e3;
  }
}
