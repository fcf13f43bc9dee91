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

  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final int IDLE_TLS = 10_000;

  private final ServerProcess server;
  private final Client client;
  private final Duration time;
  private long p99Alone;

  private OverloadBench(ServerProcess server, Client client, Duration time) {
    this.server = server;
    this.client = client;
    this.time = time;
  }

  /// Who behaves well: one call after the other, on one connection.
  private interface Client {
    Generator.Slice work(Duration time) throws IOException;
  }

  /// What a row's clients do from when it is opened until it is closed.
  private interface Deed extends AutoCloseable {
    /// What came of it; asked before it is closed, and not before the row is over.
    String outcome() throws IOException;

    @Override
    void close() throws IOException;
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
      PlainRequest call;
      try (var server = ServerProcess.start(launch, data, log, List.of())) {
        server.awaitReady();
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
        Client client = duration -> new NioGenerator().run(call, server.port(), 1, duration);
        new OverloadBench(server, client, time).measure(Abuse.all(kms, slow, limited));
        server.stop();
      }
      for (String heap : List.of("-Xmx64m", "-Xmx192m")) {
        try (var clients = TlsClients.create(folder.path().resolve(heap.substring(1)));
            var server =
                ServerProcess.start(launch.with(clients.settings()), data, log, List.of(heap))) {
          awaitReady(clients, server.port());
          System.out.printf("%nOver TLS, with %s%n%n", heap);
          Client client = duration -> clients.work(call, server.port(), duration);
          new OverloadBench(server, client, time).measureIdle(clients);
          server.stop();
        }
      }
    }
  }

  private static void awaitReady(TlsClients clients, int port)
      throws InterruptedException, LoadFailed {
    long began = System.nanoTime();
    while (!clients.serves(port)) {
      if (System.nanoTime() - began > READY_WITHIN.toNanos()) {
        throw new LoadFailed("the server does not serve TLS");
      }
      TimeUnit.NANOSECONDS.sleep(SAMPLE.toNanos());
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
    head();
    row("nothing", OverloadBench::nothing);
    for (Abuse abuse : abuses) {
      row(abuse.name(), () -> committed(abuse));
    }
    row("nothing", OverloadBench::nothing);
  }

  private void measureIdle(TlsClients clients) throws IOException, InterruptedException {
    head();
    row("nothing", OverloadBench::nothing);
    row("10,000 idle connections, or what there is room for", () -> idle(clients));
    row("nothing", OverloadBench::nothing);
  }

  private void head() throws IOException {
    client.work(WARM_UP);
    System.out.printf(
        "| %-50s | %7s | %7s | %5s | %7s | %6s | %6s | %7s | %s |%n",
        "beside",
        "p50 µs",
        "p99 µs",
        "ratio",
        "before",
        "peak",
        "after",
        "threads",
        "answers to it");
    System.out.println("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |");
  }

  private interface Begin {
    Deed begin() throws IOException;
  }

  private static Deed nothing() {
    return new Deed() {
      @Override
      public String outcome() {
        return "";
      }

      @Override
      public void close() {}
    };
  }

  private Deed committed(Abuse abuse) throws IOException {
    Mob mob = Mob.start(abuse, server.port());
    return new Deed() {
      @Override
      public String outcome() throws IOException {
        mob.close();
        return mob.outcome();
      }

      @Override
      public void close() throws IOException {
        mob.close();
      }
    };
  }

  private Deed idle(TlsClients clients) {
    int opened = clients.idle(server.port(), IDLE_TLS);
    return new Deed() {
      @Override
      public String outcome() {
        return opened + " held, " + clients.alive() + " of them answered again";
      }

      @Override
      public void close() throws IOException {
        clients.close();
      }
    };
  }

  private void row(String name, Begin begin) throws IOException, InterruptedException {
    long before = rssMib();
    var peak = new Peak();
    peak.start();
    Generator.Slice slice;
    String outcome;
    try (var deed = begin.begin()) {
      slice = client.work(time);
      outcome = deed.outcome();
    } finally {
      peak.end();
    }
    if (p99Alone == 0) {
      p99Alone = slice.p99Micros();
    }
    TimeUnit.NANOSECONDS.sleep(REST.toNanos());
    System.out.printf(
        Locale.ROOT,
        "| %-50s | %7d | %7d | %5.1f | %7d | %6d | %6d | %7d | %s |%n",
        name,
        slice.p50Micros(),
        slice.p99Micros(),
        (double) slice.p99Micros() / p99Alone,
        before,
        peak.mib,
        rssMib(),
        peak.threads,
        outcome);
  }

  private long rssMib() throws IOException {
    return server.use().rssKib() / 1024;
  }

  /// The most memory and the most threads that the server has at any sample.
  private final class Peak extends Thread {
    private volatile boolean done;
    private volatile long mib;
    private volatile int threads;

    @Override
    public void run() {
      try {
        while (!done) {
          ProcessUse use = server.use();
          mib = Math.max(mib, use.rssKib() / 1024);
          threads = Math.max(threads, use.threads());
          TimeUnit.NANOSECONDS.sleep(SAMPLE.toNanos());
        }
      } catch (IOException | InterruptedException _) {
        mib = -1; // and the row looks as wrong as it is
      }
    }

    void end() throws InterruptedException {
      done = true;
      join();
    }
  }
}
