package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// `bench/overload`: memory of the server, and latency of a well-behaved client, beside clients
/// that do what they should not. How to read the table: bench/README.md.
public final class OverloadBench {
  private static final Duration REST = Duration.ofSeconds(4);
  private static final Duration WARM_UP = Duration.ofSeconds(8);
  private static final Duration SAMPLE = Duration.ofMillis(50);

  private final ServerProcess server;
  private final PlainRequest call;
  private final Duration time;

  private OverloadBench(ServerProcess server, PlainRequest call, Duration time) {
    this.server = server;
    this.call = call;
    this.time = time;
  }

  /// @param arguments the repository's folder, then the seconds of each row, 10 if there is nothing
  public static void main(String[] arguments) throws IOException, InterruptedException {
    try {
      int seconds = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 10;
      run(Path.of(arguments[0]), Duration.ofSeconds(seconds));
    } catch (NumberFormatException _) {
      System.err.println("bench/overload [SECONDS]");
      System.exit(1);
    } catch (LoadFailed failure) {
      System.err.println("bench: " + failure.getMessage());
      System.exit(1);
    }
  }

  private static void run(Path root, Duration time) throws IOException, InterruptedException {
    Launch launch = new Launch(root, Optional.empty()).with(List.of("limits.rate-management=100"));
    launch.prepare();
    try (var folder = new ScratchFolder("keyhold-overload-")) {
      Path data = folder.path().resolve("data");
      Path log = folder.path().resolve("server.log");
      try (var server = ServerProcess.start(launch, data, log, List.of())) {
        server.awaitReady();
        PlainRequest call;
        PlainRequest slow;
        try (var api = new Api(server.authority())) {
          List<Workload> workloads = Workloads.prepare(api, data);
          call = request(workloads, "create-datakey");
          slow = request(workloads, "sign-rsa2048");
        }
        String kms = call.path().substring(0, call.path().lastIndexOf('/') + 1);
        PlainRequest limited = new PlainRequest("POST", kms + "list-keys", call.headers(), "{}");
        System.out.printf(
            "%s, one client that makes a data key after the other, %d s a row%n%n",
            launch, time.toSeconds());
        new OverloadBench(server, call, time).measure(Abuse.all(kms, slow, limited));
        server.stop();
      }
    }
  }

  private static PlainRequest request(List<Workload> workloads, String name) {
    return workloads.stream()
        .filter(workload -> workload.name().equals(name))
        .findFirst()
        .orElseThrow()
        .request()
        .apply(Instant.now());
  }

  private void measure(List<Abuse> abuses) throws IOException, InterruptedException {
    var client = new NioGenerator();
    client.run(call, server.port(), 1, WARM_UP);
    System.out.printf(
        "| %-42s | %7s | %7s | %7s | %6s | %6s | %s |%n",
        "beside", "p50 µs", "p99 µs", "before", "peak", "after", "answers to it");
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | --- |");
    row("nothing", Optional.empty());
    for (Abuse abuse : abuses) {
      row(abuse.name(), Optional.of(abuse));
    }
    row("nothing", Optional.empty());
  }

  private void row(String name, Optional<Abuse> abuse) throws IOException, InterruptedException {
    long before = rssMib();
    var peak = new Peak();
    peak.start();
    Generator.Slice slice;
    String outcome = "";
    if (abuse.isPresent()) {
      Mob mob = Mob.start(abuse.get(), server.port());
      try (mob) {
        slice = new NioGenerator().run(call, server.port(), 1, time);
      }
      outcome = mob.outcome();
    } else {
      slice = new NioGenerator().run(call, server.port(), 1, time);
    }
    long most = peak.end();
    TimeUnit.NANOSECONDS.sleep(REST.toNanos());
    System.out.printf(
        Locale.ROOT,
        "| %-42s | %7d | %7d | %7d | %6d | %6d | %s |%n",
        name,
        slice.p50Micros(),
        slice.p99Micros(),
        before,
        most,
        rssMib(),
        outcome);
  }

  private long rssMib() throws IOException {
    return server.use().rssKib() / 1024;
  }

  /// The most memory that the server has at any sample.
  private final class Peak extends Thread {
    private volatile boolean done;
    private volatile long mib;

    @Override
    public void run() {
      try {
        while (!done) {
          mib = Math.max(mib, rssMib());
          TimeUnit.NANOSECONDS.sleep(SAMPLE.toNanos());
        }
      } catch (IOException | InterruptedException _) {
        mib = -1; // and the row looks as wrong as it is
      }
    }

    long end() throws InterruptedException {
      done = true;
      join();
      return mib;
    }
  }
}
