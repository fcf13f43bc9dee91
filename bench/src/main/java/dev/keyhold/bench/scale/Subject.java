package dev.keyhold.bench.scale;

import dev.keyhold.StoreTargets;
import dev.keyhold.bench.load.Generator.Slice;
import dev.keyhold.bench.load.Launch;
import dev.keyhold.bench.load.ProcessUse;
import dev.keyhold.bench.load.ServerProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// One store, and a server on it while it is measured.
final class Subject implements AutoCloseable {
  final String name;
  final StoreTargets targets;
  final Draws draws;
  private final Launch launch;
  private final Path data;
  private final Path log;
  private final Path scratch;
  private ServerProcess server;

  final List<Duration> ready = new ArrayList<>();
  long readyRssKib;

  private Subject(
      String name,
      StoreTargets targets,
      Launch launch,
      Path data,
      Path log,
      Path scratch,
      ServerProcess server) {
    this.name = name;
    this.targets = targets;
    this.draws = new Draws(targets);
    this.launch = launch;
    this.data = data;
    this.log = log;
    this.scratch = scratch;
    this.server = server;
  }

  /// Starts the first server, whose start is not counted.
  static Subject of(String name, StoreTargets targets, Launch launch, Path data, Path scratch)
      throws IOException, InterruptedException {
    Path log = scratch.resolve(name + ".log");
    ServerProcess server = ServerProcess.start(launch, data, log, List.of());
    server.awaitReady();
    return new Subject(name, targets, launch, data, log, scratch, server);
  }

  void restart() throws IOException, InterruptedException {
    server.stop();
    server = ServerProcess.start(launch, data, log, List.of());
    ready.add(server.awaitReady());
    readyRssKib = server.use().rssKib();
  }

  ProcessUse use() throws IOException {
    return server.use();
  }

  Slice run(Traffic traffic, int connections, Duration duration)
      throws IOException, InterruptedException {
    return traffic.run(targets, scratch, server.port(), connections, duration);
  }

  void stop() throws IOException, InterruptedException {
    server.stop();
  }

  /// For the case that something went wrong before [#stop].
  @Override
  public void close() {
    server.close();
  }
}
