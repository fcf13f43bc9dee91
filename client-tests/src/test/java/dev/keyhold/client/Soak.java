package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.ToDoubleFunction;

/// Servers for minutes or hours: a mixed load, every 12 s another fault, and after each what the
/// processes hold. None of it may grow, and no call may fail but for the faults.
///
/// How strictly growth is judged depends on how long the run is: slopes of 1 % an hour can't be
/// told in ten minutes. A long run of any length wants no more than a tenth; one of [#SLOPES_TELL]
/// after its warm-up, the first quarter, also wants that slope.
final class Soak {
  /// A fault, then what a server may need to serve again, then rest.
  static final Duration FAULT = Duration.ofMillis(Chaos.measures() ? 3000 : 300);

  private static final Duration RECOVERY = Duration.ofMillis(Chaos.measures() ? 5000 : 0);
  private static final Duration REST = Duration.ofMillis(Chaos.measures() ? 4000 : 300);

  private static final Duration SLOPES_TELL = Duration.ofHours(1);
  private static final double MOST_PERCENT_AN_HOUR = 1;
  private static final double MOST_GROWTH = 0.1;
  private static final double MOST_RESIDENT_GROWTH = 0.15;

  /// Threads, files and connections that come and go.
  private static final int A_FEW = 5;

  private static final int CALLERS = 4;
  private static final Duration MOST_PATIENCE = Duration.ofSeconds(60);

  /// What happens in a round; returns when it is over.
  ///
  /// @param refuses whether calls may be refused meanwhile, and until the server has recovered
  record Turn(String name, boolean refuses, Runnable fault) {
    static Turn fault(String name, Runnable begin, Runnable end) {
      return new Turn(name, true, lasting(begin, end));
    }

    /// Clients who send a byte now and then: for all others nothing happens.
    static Turn slowClients(String name, ServerProcess server, String opening) {
      return new Turn(
          name,
          false,
          () -> {
            try (var slow = new Crowd(server.port(), Chaos.measures() ? 300 : 50, opening)) {
              long began = System.nanoTime();
              while (System.nanoTime() - began < FAULT.toNanos()) {
                slow.send("y");
                slow.listen();
                ServerProcess.pause(FAULT.dividedBy(6));
              }
            }
          });
    }

    private static Runnable lasting(Runnable begin, Runnable end) {
      return () -> {
        begin.run();
        try {
          ServerProcess.pause(FAULT);
        } finally {
          end.run();
        }
      };
    }
  }

  private record Sample(double hour, long liveKib, Held held) {}

  private static final class Subject {
    private final ServerProcess server;
    private final LiveHeap heap;
    private final List<Sample> samples = new ArrayList<>();

    Subject(ServerProcess server, LiveHeap heap) {
      this.server = server;
      this.heap = heap;
    }
  }

  private final List<Subject> subjects = new ArrayList<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final Queue<String> refusedOutOfTurn = new ConcurrentLinkedQueue<>();

  /// What is going on.
  private volatile Turn turn = REST_OF_ROUND;

  private static final Turn REST_OF_ROUND = new Turn("rest", false, () -> {});

  /// Prepares servers, which the caller then starts.
  ///
  /// @param work for logs
  Soak(List<ServerProcess> servers, Path work) {
    for (ServerProcess server : servers) {
      Path log = work.resolve("gc-" + subjects.size() + ".log");
      subjects.add(new Subject(server, LiveHeap.of(server, log)));
    }
  }

  /// @param http as whom each server is called
  void run(int rounds, List<Http> http, List<Turn> turns, ChaosReport row) throws Exception {
    try (var threads = Executors.newFixedThreadPool(CALLERS)) {
      var callers = new ArrayList<Caller>();
      for (int i = 0; i < CALLERS; i++) {
        callers.add(new Caller(http.get(i % http.size()), new SplittableRandom(i)));
      }
      var running = callers.stream().map(threads::submit).toList();
      try {
        awaitService(callers, running);
        long began = System.nanoTime();
        for (int round = 0; round < rounds; round++) {
          round(turns.get(round % turns.size()), callers, running);
          double hour = (System.nanoTime() - began) / (double) Duration.ofHours(1).toNanos();
          for (Subject subject : subjects) {
            long pid = subject.server.pid();
            subject.samples.add(new Sample(hour, subject.heap.kib(pid), Held.by(pid)));
          }
        }
      } finally {
        over.set(true);
      }
      for (var one : running) {
        one.get();
      }
    }
    row.figure(
        "%d calls served, %d refused with 503 around faults, %d at other times"
            .formatted(served.get(), refused.get(), refusedOutOfTurn.size()));
    if (Chaos.measures()) {
      assertThat(refusedOutOfTurn).isEmpty();
    }
    for (Subject subject : subjects) {
      judge(subject.samples.subList(rounds / 4, rounds), row);
    }
  }

  private void round(Turn next, List<Caller> callers, List<Future<Void>> running)
      throws ExecutionException, InterruptedException {
    turn = next;
    next.fault.run();
    ServerProcess.pause(RECOVERY);
    if (!Chaos.measures()) {
      awaitService(callers, running); // as long as it takes
    }
    turn = REST_OF_ROUND;
    ServerProcess.pause(REST);
    awaitService(callers, running);
  }

  /// Until each caller is served once more.
  private static void awaitService(List<Caller> callers, List<Future<Void>> running)
      throws ExecutionException, InterruptedException {
    List<Integer> before = callers.stream().map(it -> it.mine.get()).toList();
    long began = System.nanoTime();
    for (int i = 0; i < callers.size(); i++) {
      while (callers.get(i).mine.get() == before.get(i)) {
        if (running.get(i).isDone()) {
          running.get(i).get(); // which tells what ended it
        }
        assertThat(Duration.ofNanos(System.nanoTime() - began))
            .describedAs("a caller is not served any more")
            .isLessThan(MOST_PATIENCE);
        ServerProcess.pause(Duration.ofMillis(10));
      }
    }
  }

  private static void judge(List<Sample> samples, ChaosReport row) {
    Held first = samples.getFirst().held();
    Held last = samples.getLast().held();
    Trend heap = Trend.of(samples, Sample::hour, it -> it.liveKib() / 1024.0);
    Trend resident = trend(samples, it -> it.residentKib() / 1024.0);
    Trend threads = trend(samples, Held::threads);
    Trend files = trend(samples, Held::files);
    Trend connections = trend(samples, Held::connections);
    boolean decides = heap.hours() * 3600 >= SLOPES_TELL.toSeconds();
    row.figure(
        "live heap %s; resident %s; threads %s; files %s; connections %s; over %d min: %s"
            .formatted(
                heap.in(" MiB"),
                resident.in(" MiB"),
                threads.in(""),
                files.in(""),
                connections.in(""),
                Math.round(heap.hours() * 60),
                decides ? "the slopes decide" : "too short for slopes to decide"));
    assertThat(last.threads()).isLessThanOrEqualTo(first.threads() + A_FEW);
    assertThat(last.files()).isLessThanOrEqualTo(first.files() + A_FEW);
    assertThat(last.connections()).isLessThanOrEqualTo(first.connections() + A_FEW);
    if (Chaos.measures()) {
      assertThat(heap.surelyRisen()).describedAs(heap.in(" MiB")).isLessThan(MOST_GROWTH);
      assertThat(resident.surelyRisen())
          .describedAs(resident.in(" MiB"))
          .isLessThan(MOST_RESIDENT_GROWTH);
    }
    if (decides) {
      assertThat(heap.risesBy(MOST_PERCENT_AN_HOUR, 0))
          .describedAs("heap " + heap.in(" MiB"))
          .isFalse();
      Map.of("threads", threads, "files", files, "connections", connections)
          .forEach((what, trend) ->
              assertThat(trend.risesBy(MOST_PERCENT_AN_HOUR, 2))
                  .describedAs(what + " " + trend.in(""))
                  .isFalse());
    }
  }

  private static Trend trend(List<Sample> samples, ToDoubleFunction<Held> value) {
    return Trend.of(samples, Sample::hour, it -> value.applyAsDouble(it.held()));
  }

  /// Uses 25 keys, once they are made, and looks around.
  private final class Caller implements Callable<Void> {
    private final AtomicInteger mine = new AtomicInteger();
    private final Http http;
    private final SplittableRandom random;
    private final List<Datakey> datakeys = new ArrayList<>();

    Caller(Http http, SplittableRandom random) {
      this.http = http;
      this.random = random;
    }

    @Override
    public Void call() {
      while (!over.get()) {
        Turn was = turn;
        Answer answer = one();
        if (answer.status() / 100 == 2) {
          served.incrementAndGet();
          mine.incrementAndGet();
        } else {
          assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
          refused.incrementAndGet();
          if (!was.refuses() && !turn.refuses()) {
            refusedOutOfTurn.add(turn.name() + ": " + answer.body());
          }
          ServerProcess.pause(Duration.ofMillis(20));
        }
      }
      return null;
    }

    private Answer one() {
      if (datakeys.isEmpty() || (datakeys.size() < 25 && random.nextInt(20) == 0)) {
        return datakeyOfNewKey();
      }
      Datakey datakey = datakeys.get(random.nextInt(datakeys.size()));
      Map<String, String> key = Map.of("key_id", datakey.keyId());
      return switch (random.nextInt(10)) {
        case 0 -> http.kms("list-keys", Map.of("limit", "10"));
        case 1 -> http.kms("describe-key", key);
        case 2 ->
            http.kms(datakey.keyId() + "/tags", Map.of("tag", Map.of("key", "t", "value", "v")));
        case 3 -> http.kms("encrypt-data", Map.of("key_id", datakey.keyId(), "plain_text", "x"));
        case 4, 5, 6 -> opened(datakey);
        default -> http.kms("create-datakey", key);
      };
    }

    private Answer opened(Datakey datakey) {
      Answer answer = CrashTest.open(http, datakey);
      if (answer.status() == 200) {
        assertThat(answer.text("data_key")).isEqualTo(datakey.plainText());
      }
      return answer;
    }

    private Answer datakeyOfNewKey() {
      Answer created = http.kms("create-key", Map.of("key_alias", Names.fresh()));
      if (created.status() != 200) {
        return created;
      }
      String key = created.json().at("/key_info/key_id").asText();
      Answer made = http.kms("create-datakey", Map.of("key_id", key));
      if (made.status() == 200) {
        datakeys.add(new Datakey(key, made.text("cipher_text"), made.text("plain_text")));
      }
      return made;
    }
  }
}
