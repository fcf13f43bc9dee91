package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Clients that want to stop the service for others, without even being known. In each case a
/// well-behaved client is answered all the time, and the process neither ends nor grows.
@Tag(Chaos.TAG)
@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OverloadTest {
  /// Of the failure test F4.
  private static final Duration SLOW_ARE_CLOSED_WITHIN = Duration.ofSeconds(30);

  /// Beside what the process has when it begins: the heap may fill up to its limit of 64 MiB, and
  /// there are buffers outside it.
  private static final long MOST_GROWTH_KIB = 128 * 1024;

  private static final String HEAD = "GET /health/live HTTP/1.1\r\nHost: a\r\n";

  private final ServerProcess server =
      ServerProcess.onNewFolder()
          .with("limits.head-time", "2s")
          .with("limits.rate-management", "50");
  private long rssBefore;
  private String key = "";
  private Http http = new Http("", "", Map.of());

  @BeforeAll
  void start() {
    server.start();
    http = Http.loggedIn(server.tenant());
    key = Kms.of(server.tenant()).newKey();
    rssBefore = rssKib();
  }

  @AfterAll
  void stop() {
    assertThat(server.stop()).isZero();
    server.close();
  }

  @AfterEach
  void serverIsWell() {
    assertThat(http.kms("create-datakey", Map.of("key_id", key)).status()).isEqualTo(200);
    assertThat(rssKib()).isLessThan(rssBefore + MOST_GROWTH_KIB);
    assertThat(server.output()).doesNotContain("OutOfMemoryError", "met a bug");
  }

  private long rssKib() {
    try {
      return Files.readString(Path.of("/proc", Long.toString(server.pid()), "status"))
          .lines()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
  }

  /// Makes data keys as fast as they come, and expects each. What it may be told is that the disk
  /// of a busy machine has its audit record too late: no time decides here.
  private final class WellBehaved implements AutoCloseable {
    private final AtomicBoolean done = new AtomicBoolean();
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, Integer> others = new ConcurrentHashMap<>();
    private final Thread thread =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                int status = http.kms("create-datakey", Map.of("key_id", key)).status();
                if (status == 200) {
                  calls.incrementAndGet();
                } else {
                  others.merge(status, 1, Integer::sum);
                }
              }
            });

    @Override
    public void close() {
      done.set(true);
      try {
        thread.join();
      } catch (InterruptedException interrupt) {
        Thread.currentThread().interrupt();
        throw new AssertionError("interrupted", interrupt);
      }
      assertThat(others.keySet()).isSubsetOf(503);
      assertThat(calls.get()).isPositive();
    }
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
  void thousandSlowHeadsAreClosedAndOthersAreServed() throws IOException {
    try (var slow = new Crowd(server.port(), upTo(1000), HEAD + "X-Slow: ");
        var _ = new WellBehaved()) {
      slow.awaitEnd(SLOW_ARE_CLOSED_WITHIN, "y");
      assertThat(slow.answers().keySet()).isSubsetOf(408, 0); // 0: reset while still sending
    }
  }

  @Test
  void thousandTrickledBodiesAreClosedAndOthersAreServed() throws IOException {
    String head =
        "POST %s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 16000\r\n\r\n{"
            .formatted(http.kmsPath("encrypt-datakey"));
    try (var slow = new Crowd(server.port(), upTo(1000), head);
        var _ = new WellBehaved()) {
      slow.awaitEnd(SLOW_ARE_CLOSED_WITHIN, " ");
      assertThat(slow.answers().keySet()).isSubsetOf(408, 0);
    }
  }

  @Test
  void tenThousandIdleConnectionsAreHeldAndOthersAreServed() throws IOException {
    int many = upTo(10_000);
    try (var idle = new Crowd(server.port(), many, HEAD + "\r\n");
        var _ = new WellBehaved()) {
      idle.awaitAnswers(Duration.ofSeconds(60));
      assertThat(idle.answers()).containsOnlyKeys(200);
      ServerProcess.pause(Duration.ofSeconds(3)); // longer than a head may take
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
        http.kms("create-key", Map.of("key_alias", Names.fresh(), "key_spec", "RSA_2048"))
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
    try (var burst = new Crowd(server.port(), upTo(2000), request("sign", body))) {
      burst.awaitAnswers(Duration.ofSeconds(60));
      System.out.println("2000 signatures at once: " + burst.answers());
      assertThat(burst.answers().keySet()).contains(200).isSubsetOf(200, 503);
      assertThat(burst.heard())
          .filteredOn(text -> RawSocket.status(text) == 503)
          .allMatch(text -> text.contains("Retry-After: 1") && text.contains("KMS.0104"));
      assertEachIsRecorded("sign", burst.heard().size());
    }
  }

  @Test
  void tenantOverItsRateIsToldSoAndOthersAreServed() {
    try (var burst = new Crowd(server.port(), 400, request("list-keys", "{}"))) {
      burst.awaitAnswers(Duration.ofSeconds(60));
      assertThat(burst.answers()).containsOnlyKeys(200, 429);
      assertThat(burst.heard())
          .filteredOn(text -> RawSocket.status(text) == 429)
          .allMatch(text -> text.contains("Retry-After: 1") && text.contains("APIGW.0308"));
    }
    Http other = Http.loggedIn(server.otherTenant());
    assertThat(other.kms("list-keys", "{}").status()).isEqualTo(200);
  }

  /// Those that are shed too; those that are given up when they end.
  private void assertEachIsRecorded(String action, int calls) {
    long recorded = 0;
    for (int tries = 0; tries < 10 && recorded < calls; tries++) {
      recorded =
          AuditRecords.export(server.data()).stream()
              .filter(it -> it.path("action").asText().equals(action))
              .count();
    }
    assertThat(recorded).isEqualTo(calls);
  }

  private String request(String action, String body) {
    return "POST %s HTTP/1.1\r\nHost: a\r\nX-Auth-Token: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(http.kmsPath(action), http.headers().get("X-Auth-Token"), body.length(), body);
  }
}
