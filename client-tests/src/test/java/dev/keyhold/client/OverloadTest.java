package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Clients that want to stop the service for others, without even being known. In each case a
/// well-behaved client has an answer to each call, and the process neither ends nor grows.
///
/// A long run has more of them, and holds the latency of that client against what it is alone.
@Tag(Chaos.TAG)
@Timeout(900)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OverloadTest {
  /// Of the failure test F4.
  private static final Duration SLOW_ARE_CLOSED_WITHIN = Duration.ofSeconds(30);

  /// Of the failure test F4: the p99 of others beside slow clients, as a multiple of what it is
  /// without.
  private static final double MOST_SLOWER = 3;

  /// Beside what the process has when it begins: the heap may fill up to its limit of 64 MiB, and
  /// there are buffers outside it.
  private static final long MOST_GROWTH_KIB = 128 * 1024;

  /// Beside those that it has when it begins: carriers of virtual threads and compilers come and
  /// go, and no client has one of its own.
  private static final int MOST_MORE_THREADS = 16;

  private static final Duration HEAD_TIME = Duration.ofSeconds(2);
  private static final int CROWD = Chaos.measures() ? 1000 : 300;
  private static final int IDLE = Chaos.measures() ? 10_000 : 1000;
  private static final int BURST = Chaos.measures() ? 2000 : 1200; // more than may be at work
  private static final int COMPARISONS = Math.max(3, Chaos.rounds(1) / 5);

  private static final String HEAD = "GET /health/live HTTP/1.1\r\nHost: a\r\n";

  private final ServerProcess server =
      ServerProcess.onNewFolder()
          .with("limits.head-time", HEAD_TIME.toSeconds() + "s")
          .with("limits.rate-management", "50");

  /// Calls that have been answered, and must have their records.
  private final Map<String, Integer> answered = new TreeMap<>();

  /// Calls of these that were answered 503, whose records may be what was too late.
  private final Map<String, Integer> answeredTooLate = new TreeMap<>();

  private long rssBefore;
  private int threadsBefore;
  private int mostThreads;
  private String key = "";
  private Http http = new Http("", "", Map.of());

  @BeforeAll
  void start() {
    server.start();
    http = Http.loggedIn(server.tenant());
    key = Kms.of(server.tenant()).newKey();
    rssBefore = Held.residentKib(server.pid());
    threadsBefore = Held.threads(server.pid());
  }

  @AfterAll
  void stopAndFindEachCallRecorded() {
    try (server) {
      assertThat(server.stop()).isZero();
      var recorded = new TreeMap<String, Integer>();
      for (JsonNode record : AuditRecords.export(server.data())) {
        recorded.merge(record.path("action").asText(), 1, Integer::sum);
      }
      System.out.printf(
          "recorded %s of %s answered, %s of these too late; at most %d threads, %d to begin"
              + " with%n",
          recorded, answered, answeredTooLate, mostThreads, threadsBefore);
      answered.forEach((action, calls) ->
          assertThat(recorded.getOrDefault(action, 0))
              .describedAs("records of " + action)
              .isBetween(calls - answeredTooLate.getOrDefault(action, 0), calls));
    }
  }

  @AfterEach
  void serverIsWell() {
    isServed(http, "create-datakey", Http.json(Map.of("key_id", key)));
    assertThat(Held.residentKib(server.pid())).isLessThan(rssBefore + MOST_GROWTH_KIB);
    countThreads();
    assertThat(mostThreads).isLessThanOrEqualTo(threadsBefore + MOST_MORE_THREADS);
    assertThat(server.output()).doesNotContain("OutOfMemoryError", "met a bug");
  }

  /// Sooner or later.
  private void isServed(Http caller, String action, String body) {
    Http.Answer answer =
        Http.patiently(() -> {
          Http.Answer one = caller.kms(action, body);
          answered(action, 1, one.status() == 503 ? 1 : 0);
          return one;
        });
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(200);
  }

  private void answered(String action, int calls, int tooLate) {
    answered.merge(action, calls, Integer::sum);
    answeredTooLate.merge(action, tooLate, Integer::sum);
  }

  private void countThreads() {
    mostThreads = Math.max(mostThreads, Held.threads(server.pid()));
  }

  /// Makes one data key after the other, until it is closed. Each call is answered, and in a long
  /// run with a data key. In an ordinary build it may be told that the disk of a busy machine has
  /// its audit record too late: no time decides there.
  private final class WellBehaved implements AutoCloseable {
    private final AtomicBoolean done = new AtomicBoolean();
    private final List<Long> nanos = new ArrayList<>();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<Integer> tooLate = thread.submit(this::call);

    /// @return how often it was told 503
    private int call() {
      int unavailable = 0;
      while (!done.get()) {
        long began = System.nanoTime();
        int status = http.kms("create-datakey", Map.of("key_id", key)).status();
        nanos.add(System.nanoTime() - began);
        if (status != 200) {
          assertThat(status).isEqualTo(503);
          unavailable++;
        }
      }
      return unavailable;
    }

    @Override
    public void close() {
      countThreads(); // while the others are there
      done.set(true);
      try (thread) {
        int unavailable = tooLate.get();
        answered("create-datakey", nanos.size(), unavailable);
        assertThat(nanos.size()).isGreaterThan(unavailable);
        if (Chaos.measures()) {
          assertThat(unavailable).isZero();
        }
      } catch (InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", interrupt);
      } catch (ExecutionException failure) {
        throw new AssertionError("a call was not answered", failure);
      }
    }
  }

  /// Clients of whom too little comes.
  ///
  /// @param opening what each sends at once
  /// @param trickle what each goes on sending, once a second
  /// @param halfOpen whether each ends its side after the opening
  private record Slow(String name, String opening, String trickle, boolean halfOpen) {
    Crowd come(int port) throws IOException {
      var crowd = new Crowd(port, upTo(CROWD), opening);
      if (halfOpen) {
        crowd.endOutput();
      }
      return crowd;
    }

    void areClosed(Crowd crowd) {
      crowd.awaitEnd(SLOW_ARE_CLOSED_WITHIN, trickle);
      assertThat(crowd.answers().keySet())
          .describedAs(name)
          .isSubsetOf(408, 400, 0); // 0: nothing was asked, or reset while still sending
    }
  }

  private List<Slow> slow() {
    String body =
        "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n{"
            .formatted(http.kmsPath("encrypt-datakey"));
    return List.of(
        new Slow("a head, a byte a second", HEAD + "X-Slow: ", "y", false),
        new Slow("a body, a byte a second", body, " ", false),
        new Slow("connects and is silent", "", "", false),
        new Slow("half a head, and its side is closed", HEAD, "", true),
        new Slow("half a body, and its side is closed", body, "", true));
  }

  /// As many connections as this process and the server can have open, which is told.
  private static int upTo(int wanted) throws IOException {
    int limit =
        Files.readString(Path.of("/proc/self/limits"))
            .lines()
            .filter(line -> line.startsWith("Max open files"))
            .map(line -> line.split("\\s+", -1)[3])
            .mapToInt(soft -> soft.equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(soft))
            .findFirst()
            .orElseThrow();
    int possible = Math.min(wanted, Math.max(100, limit - 1000)); // each process has its own
    if (possible < wanted) {
      System.out.printf("ulimit -n is %d: %d connections instead of %d%n", limit, possible, wanted);
    }
    return possible;
  }

  @Test
  void slowAndHalfOpenClientsAreClosedAndOthersAreServed() throws IOException {
    var crowds = new LinkedHashMap<Slow, Crowd>();
    try (var _ = new WellBehaved()) {
      for (Slow each : slow()) {
        crowds.put(each, each.come(server.port()));
      }
      crowds.forEach(Slow::areClosed);
    } finally {
      crowds.values().forEach(Crowd::close);
    }
  }

  /// Alone and beside them in turn, so that whatever else the machine does meets both.
  @Test
  void othersAreAsFastBesideSlowClients() throws IOException {
    try (var row =
        ChaosReport.of("F4 slow clients", "p99 of a client beside " + CROWD + " of each kind")
            .rounds(COMPARISONS)) {
      List<Slow> staying = slow().stream().filter(it -> !it.halfOpen()).toList();
      for (Slow each : Chaos.measures() ? staying : staying.subList(0, 1)) {
        var alone = new ArrayList<Long>();
        var beside = new ArrayList<Long>();
        for (int i = 0; i < (Chaos.measures() ? COMPARISONS : 1); i++) {
          var before = new WellBehaved();
          try (before) {
            ServerProcess.pause(Chaos.measures() ? HEAD_TIME : Duration.ofMillis(200));
          }
          alone.addAll(before.nanos);
          try (var crowd = each.come(server.port())) {
            var meanwhile = new WellBehaved();
            try (meanwhile) {
              each.areClosed(crowd);
            }
            beside.addAll(meanwhile.nanos);
          }
        }
        double ratio = (double) p99(beside) / p99(alone);
        row.figure(
            "%s: %.1f ms, alone %.1f ms, ratio %.2f, of %d and %d calls"
                .formatted(
                    each.name(),
                    p99(beside) / 1e6,
                    p99(alone) / 1e6,
                    ratio,
                    beside.size(),
                    alone.size()));
        if (Chaos.measures()) {
          assertThat(ratio).describedAs(each.name()).isLessThan(MOST_SLOWER);
        }
      }
      row.passed();
    }
  }

  private static long p99(List<Long> nanos) {
    return nanos.stream().sorted().toList().get(nanos.size() * 99 / 100);
  }

  @Test
  void idleConnectionsAreHeldAndOthersAreServed() throws IOException {
    int many = upTo(IDLE);
    try (var idle = new Crowd(server.port(), many, HEAD + "\r\n");
        var _ = new WellBehaved()) {
      idle.awaitAnswers(Duration.ofSeconds(60));
      assertThat(idle.answers()).containsOnlyKeys(200);
      ServerProcess.pause(HEAD_TIME.plusSeconds(1)); // longer than a head may take
      idle.listen();
      assertThat(idle.open()).isEqualTo(many);
      idle.send(HEAD + "Connection: close\r\n\r\n");
      idle.awaitEnd(Duration.ofSeconds(60), "");
      assertThat(idle.heard()).allMatch(text -> text.split("HTTP/1.1 200", -1).length == 3);
    }
  }

  @Test
  void hugeUnfinishedHeadsAreRefusedBeforeTheyFillTheHeap() throws IOException {
    String head = HEAD + "x: y\r\n".repeat(4000);
    try (var huge = new Crowd(server.port(), upTo(1500), head);
        var _ = new WellBehaved()) {
      huge.awaitEnd(SLOW_ARE_CLOSED_WITHIN, "");
      assertThat(huge.answers().keySet()).contains(503).isSubsetOf(503, 408, 0);
    }
  }

  @Test
  void bodiesThatAreTooLargeAreRefusedUnread() {
    String path = http.kmsPath("gen-random");
    int limit = 16 * 1024;
    for (String request :
        new String[] {
          "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n".formatted(path, limit + 1),
          "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 10737418240\r\n\r\n".formatted(path),
          "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n7ffffff0\r\n%s"
              .formatted(path, "x".repeat(200_000)),
        }) {
      assertThat(RawSocket.status(RawSocket.exchange(server.port(), request))).isEqualTo(413);
    }
  }

  @Test
  void burstBeyondCapacityIsAnsweredOrShedAndNothingElse() throws IOException {
    String rsa =
        Http.patiently(() ->
                http.kms("create-key", Map.of("key_alias", Names.fresh(), "key_spec", "RSA_2048")))
            .ok()
            .json()
            .at("/key_info/key_id")
            .asText();
    String body =
        Http.json(
            Map.of(
                "key_id",
                rsa,
                "message",
                "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
                "signing_algorithm",
                "RSASSA_PSS_SHA_256"));
    try (var burst = new Crowd(server.port(), upTo(BURST), request("sign", body))) {
      burst.awaitAnswers(Duration.ofSeconds(60));
      System.out.println("signatures at once: " + burst.answers());
      assertThat(burst.answers().keySet()).contains(200).isSubsetOf(200, 503);
      assertThat(burst.heard())
          .filteredOn(text -> RawSocket.status(text) == 503)
          .allMatch(text -> text.contains("Retry-After: 1") && text.contains("KMS.0104"));
      // Each that was shed has its record, but where no time decides some were only too late.
      int refused = Math.toIntExact(burst.answers().getOrDefault(503, 0L));
      answered("sign", burst.heard().size(), Chaos.measures() ? 0 : refused);
    }
  }

  @Test
  void tenantOverItsRateIsToldSoAndOthersAreServed() {
    try (var burst = new Crowd(server.port(), 400, request("list-keys", "{}"))) {
      burst.awaitAnswers(Duration.ofSeconds(60));
      int tooLate = Math.toIntExact(burst.answers().getOrDefault(503, 0L));
      assertThat(burst.answers().keySet()).contains(200, 429).isSubsetOf(200, 429, 503);
      if (Chaos.measures()) {
        assertThat(tooLate).isZero();
      }
      assertThat(burst.heard())
          .filteredOn(text -> RawSocket.status(text) == 429)
          .allMatch(text -> text.contains("Retry-After: 1") && text.contains("APIGW.0308"));
      answered("list-keys", burst.heard().size(), tooLate);
    }
    isServed(Http.loggedIn(server.otherTenant()), "list-keys", "{}");
  }

  /// More than there are places for callers who are not known, each for another user, so that no
  /// lock-out spares the server the hashing.
  @Test
  void loginsOfOneSourceTakeNoPlaceFromCallersWhoAreNotAtHand() {
    Tenant tenant = server.otherTenant();
    try (var crowd = new Crowd(server.port(), 600, i -> login("nobody-" + i, tenant))) {
      Kms.of(tenant).newKey(); // nobody has signed with that access key before
      crowd.awaitAnswers(Duration.ofSeconds(60));
      assertThat(crowd.answers()).containsKeys(401, 503).hasSize(2);
      // At once: those who wait for their turn, ten seconds at most, see some 160 hashed.
      assertThat(crowd.answers().get(503)).isGreaterThan(500);
    }
    assertThat(Login.withPassword(tenant, tenant.password(), Login.projectById(tenant)).status())
        .isEqualTo(201);
  }

  private static String login(String user, Tenant tenant) {
    String body =
        Http.json(Login.body(user, tenant.domainName(), "wrong", Login.projectById(tenant)));
    return "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(Login.PATH, body.length(), body);
  }

  private String request(String action, String body) {
    return "POST %s HTTP/1.1\r\nHost: a\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(http.kmsPath(action), http.headers().get("X-Auth-Token"), body.length(), body);
  }
}
