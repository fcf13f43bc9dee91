package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.SECONDS_5;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.Blocking;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// More work than there are permits for.
@Timeout(60)
class OverloadTest {
  private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String LOGIN =
      "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";

  private static final String COLD = kms("work", "{}").replace("good", "cold");

  private final CountDownLatch release = new CountDownLatch(1);
  private final Semaphore begun = new Semaphore(0);
  private final Semaphore ended = new Semaphore(0);

  private Answer work(Exchange exchange) {
    Blocking.ahead();
    begun.release();
    try {
      release.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    ended.release();
    return Answer.ok(new TestEdge.Reply("done", exchange.body().length));
  }

  private Route caller(RunsOn where, Duration deadline) {
    return Route.post(
        "/v1.0/{project_id}/kms/work", Access.CALLER, 100, deadline, where, this::work);
  }

  private Route login() {
    return Route.post("/login", Access.OPEN, 100, SECONDS_5, RunsOn.VIRTUAL_THREAD, this::work);
  }

  private static TestEdge edge(int slowCalls, Route... routes) throws IOException {
    var never = Duration.ofHours(1);
    var limits = Limits.standard().withTimes(never, never, never, Duration.ofMillis(20));
    return new TestEdge(limits, Optional.empty(), List.of(routes), slowCalls);
  }

  private static void assertShed(RawClient.Response response) {
    assertThat(response.status()).isEqualTo(503);
    assertThat(response.header("retry-after")).isEqualTo("1");
    Refusals.assertKms(response, "KMS.0104");
  }

  @ParameterizedTest
  @EnumSource(RunsOn.class)
  void oneCallTooManyIsRefusedAtOnceAndOthersAreServed(RunsOn where) throws Exception {
    try (var edge = edge(2, caller(where, Duration.ofMinutes(1)));
        var first = edge.connect();
        var second = edge.connect();
        var third = edge.connect()) {
      first.send(kms("work", "{}"));
      second.send(kms("work", "{}"));
      begun.acquire(2);

      assertShed(third.send(kms("work", "{}")).receive());
      assertThat(third.send(LIVE).receive().status()).isEqualTo(200);
      assertThat(third.send(kms("echo", "{\"key_id\":\"a\"}")).receive().status()).isEqualTo(200);

      release.countDown();
      assertThat(first.receive().status()).isEqualTo(200);
      assertThat(second.receive().status()).isEqualTo(200);
      int status;
      do { // the answer may be there before the permit is
        status = third.send(kms("work", "{}")).receive().status();
      } while (status == 503);
      assertThat(status).isEqualTo(200);
    }
  }

  /// What it comes to is not heard; others are served.
  @Test
  void callsAreNotWaitedForWhileTheDiskOfTheStoreIsStuck() throws Exception {
    try (var edge = edge(2, caller(RunsOn.VIRTUAL_THREAD, Duration.ofHours(1)));
        var client = edge.connect()) {
      client.send(kms("work", "{}"));
      begun.acquire();
      edge.stuck.set(true);
      assertShed(client.receive());
      edge.stuck.set(false);
      assertThat(client.send(kms("echo", "{\"key_id\":\"a\"}")).receive().status()).isEqualTo(200);
      release.countDown();
      assertThat(client.send(kms("work", "{}")).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void permitIsHeldUntilTheWorkEndsAndNotTheAnswer() throws Exception {
    try (var edge = edge(1, caller(RunsOn.VIRTUAL_THREAD, Duration.ofMillis(100)));
        var client = edge.connect()) {
      assertThat(client.send(kms("work", "{}")).receive().status()).isEqualTo(503); // late
      begun.acquire();
      assertShed(client.send(kms("work", "{}")).receive());
      assertThat(begun.availablePermits()).isZero();

      release.countDown();
      ended.acquire();
      int status;
      do {
        status = client.send(kms("work", "{}")).receive().status();
      } while (status == 503);
      assertThat(status).isEqualTo(200);
    }
  }

  @Test
  void strangersTakeNoPlaceFromThoseWhoAreKnown() throws Exception {
    try (var edge = edge(2, caller(RunsOn.VIRTUAL_THREAD, Duration.ofMinutes(1)), login());
        var stranger = edge.connect();
        var another = edge.connect();
        var first = edge.connect();
        var second = edge.connect()) {
      stranger.send(LOGIN);
      begun.acquire();
      assertShed(another.send(LOGIN).receive());
      first.send(kms("work", "{}"));
      second.send(kms("work", "{}"));
      begun.acquire(2);
      release.countDown();
      assertThat(first.receive().status()).isEqualTo(200);
      assertThat(second.receive().status()).isEqualTo(200);
      assertThat(stranger.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void openCallsTakeNoPlaceFromThoseWhoAreAboutToBeKnown() throws Exception {
    try (var edge = edge(2, caller(RunsOn.VIRTUAL_THREAD, Duration.ofMinutes(1)), login());
        var stranger = edge.connect();
        var caller = edge.connect()) {
      stranger.send(LOGIN);
      begun.acquire();
      caller.send(COLD);
      begun.acquire();
      assertShed(edge.ask(LOGIN));
      release.countDown();
      assertThat(caller.receive().status()).isEqualTo(200);
      assertThat(stranger.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void strangerWhoBecomesKnownMovesOver() throws Exception {
    try (var edge = edge(2, caller(RunsOn.VIRTUAL_THREAD, Duration.ofMinutes(1)), login());
        var first = edge.connect();
        var second = edge.connect()) {
      first.send(COLD);
      begun.acquire();
      second.send(COLD); // the only place of strangers is free again
      begun.acquire();
      assertShed(edge.ask(kms("work", "{}")));
      assertShed(edge.ask(COLD));
      release.countDown();
      assertThat(first.receive().status()).isEqualTo(200);
      assertThat(second.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void bodyOfARefusedCallIsWiped() throws Exception {
    BlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();
    var seen =
        Route.post(
            "/seen",
            Access.OPEN,
            100,
            SECONDS_5,
            RunsOn.EVENT_LOOP,
            exchange -> {
              bodies.add(exchange.body());
              return work(exchange);
            });
    try (var edge = edge(1, login(), seen);
        var client = edge.connect()) {
      client.send(LOGIN);
      begun.acquire();
      assertShed(edge.ask("POST /seen HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\ncanary"));
      assertThat(bodies.poll(10, TimeUnit.SECONDS)).containsOnly(0);
      release.countDown();
      assertThat(client.receive().status()).isEqualTo(200);
    }
  }
}
