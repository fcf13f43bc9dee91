package dev.keyhold.http;

import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.TestEdge.KMS;
import static dev.keyhold.http.TestEdge.PROJECT;
import static dev.keyhold.http.TestEdge.SECONDS_5;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.operation.SecretText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

/// How a call runs, and what comes of one that fails.
@Timeout(60)
class CallTest {
  private static Route route(RunsOn where, Endpoint endpoint) {
    return Route.post("/call", OPEN, 100, SECONDS_5, where, endpoint);
  }

  private static String call(String body) {
    return "POST /call HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
  }

  @Test
  void callThatWouldBlockIsRunAgainOnAVirtualThread() throws IOException {
    List<String> bodies = Collections.synchronizedList(new ArrayList<>());
    List<Boolean> virtual = Collections.synchronizedList(new ArrayList<>());
    Endpoint endpoint =
        exchange -> {
          bodies.add(new String(exchange.body(), java.nio.charset.StandardCharsets.US_ASCII));
          virtual.add(Thread.currentThread().isVirtual());
          Blocking.ahead();
          return Answer.ok(new TestEdge.Reply("done", 0));
        };
    try (var edge = new TestEdge(route(RunsOn.EVENT_LOOP, endpoint))) {
      assertThat(edge.ask(call("abc")).body()).contains("done");
    }
    assertThat(bodies).containsExactly("abc", "abc");
    assertThat(virtual).containsExactly(false, true);
  }

  @Test
  void authenticationMayBlockAsWell() throws IOException {
    List<Boolean> virtual = Collections.synchronizedList(new ArrayList<>());
    var route =
        new Route(
            "POST",
            "/v1.0/{project_id}/call",
            Access.CALLER,
            100,
            SECONDS_5,
            RunsOn.EVENT_LOOP,
            ErrorShape.KMS,
            Rate.MANAGEMENT,
            exchange -> {
              virtual.add(Thread.currentThread().isVirtual());
              return Answer.ok(new TestEdge.Reply(exchange.caller().project().text(), 0));
            });
    try (var edge = new TestEdge(route)) {
      String request =
          "POST /v1.0/" + PROJECT + "/call HTTP/1.1\r\nHost: a\r\nX-Auth-Token: cold\r\n\r\n";
      assertThat(edge.ask(request).body()).contains(PROJECT);
      assertThat(edge.authentications).hasValue(2);
      assertThat(virtual).containsExactly(true);
    }
  }

  @Test
  void virtualThreadRouteRunsThereAtOnce() throws IOException {
    List<Boolean> virtual = Collections.synchronizedList(new ArrayList<>());
    Endpoint endpoint =
        _ -> {
          Blocking.ahead();
          virtual.add(Thread.currentThread().isVirtual());
          return Answer.empty(204);
        };
    try (var edge = new TestEdge(route(RunsOn.VIRTUAL_THREAD, endpoint))) {
      var response = edge.ask(call(""));
      assertThat(response.status()).isEqualTo(204);
      assertThat(response.headers()).doesNotContainKeys("content-type", "content-length");
    }
    assertThat(virtual).containsExactly(true);
  }

  @ParameterizedTest
  @EnumSource(RunsOn.class)
  void bugIsLoggedAndNotTold(RunsOn where) throws IOException {
    var appender = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(ErrorRenderer.class);
    appender.start();
    logger.addAppender(appender);
    try (var edge =
            new TestEdge(
                route(
                    where,
                    _ -> {
                      throw new IllegalStateException("canary");
                    }));
        var client = edge.connect()) {
      var response = client.send(call("abc")).receive();
      assertThat(response.status()).isEqualTo(500);
      Refusals.assertKms(response, "KMS.0101");
      assertThat(response.body()).doesNotContain("canary");
      assertThat(client.send(call("")).receive().status()).isEqualTo(500); // and life goes on

      var event = appender.list.getFirst();
      assertThat(event.getFormattedMessage()).contains(response.header("x-request-id"));
      assertThat(event.getThrowableProxy().getMessage()).isEqualTo("canary");
      assertThat(event.getThrowableProxy().getStackTraceElementProxyArray()).isNotEmpty();
    } finally {
      logger.detachAppender(appender);
    }
  }

  @Test
  void anyErrorAtAllIsAnswered() throws IOException {
    try (var edge =
        new TestEdge(
            route(
                RunsOn.EVENT_LOOP,
                exchange -> {
                  throw exchange.body().length == 0
                      ? new StackOverflowError()
                      : new AssertionError();
                }))) {
      assertThat(edge.ask(call("")).status()).isEqualTo(500);
      assertThat(edge.ask(call("a")).status()).isEqualTo(500);
    }
  }

  record Broken(String text) {
    @Override
    public String text() {
      throw new IllegalStateException("canary");
    }
  }

  @Test
  void answerThatCannotBeEncodedIsABug() throws IOException {
    try (var edge = new TestEdge(route(RunsOn.EVENT_LOOP, _ -> Answer.ok(new Broken(""))))) {
      Refusals.assertKms(edge.ask(call("")), "KMS.0101");
    }
  }

  @Test
  void dependencyThatIsDownIsWorthAnotherTry() throws IOException {
    Endpoint down =
        _ -> {
          throw new KmsException.Unavailable("the canary store", new IOException("canary"));
        };
    try (var edge = new TestEdge(route(RunsOn.EVENT_LOOP, down))) {
      var response = edge.ask(call(""));
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.header("retry-after")).isEqualTo("1"); // 0 makes the SDK resend unasked
      Refusals.assertKms(response, "KMS.0104");
      assertThat(response.body()).doesNotContain("canary");
    }
  }

  @Test
  void refusalKeepsItsRow() throws IOException {
    Endpoint refuse =
        _ -> {
          throw KmsError.KEY_NOT_FOUND.rejected();
        };
    try (var edge = new TestEdge(route(RunsOn.EVENT_LOOP, refuse))) {
      var response = edge.ask(call(""));
      assertThat(response.status()).isEqualTo(404);
      Refusals.assertKms(response, "KMS.0207");
    }
  }

  @Test
  void identityErrorsAllHaveTheirOwnShape() throws IOException {
    Endpoint fail =
        exchange -> {
          throw exchange.body().length == 0
              ? KmsError.KEY_NOT_FOUND.rejected()
              : new IllegalStateException();
        };
    try (var edge = new TestEdge(route(RunsOn.EVENT_LOOP, fail).withErrors(ErrorShape.IDENTITY))) {
      Refusals.assertKeystone(edge.ask(call("")), 404, "Not Found");
      Refusals.assertKeystone(edge.ask(call("a")), 500, "Internal Server Error");
      Refusals.assertKeystone(edge.ask(call("a".repeat(101))), 413, "Request Entity Too Large");
      var other = edge.ask("DELETE /call HTTP/1.1\r\nHost: a\r\n\r\n");
      Refusals.assertKeystone(other, 405, "Method Not Allowed");
      assertThat(other.header("allow")).isEqualTo("POST");
      Refusals.assertKeystone(
          edge.ask(call("a").replace("POST", "PUT")), 405, "Method Not Allowed");
    }
  }

  @Test
  void identityAnswersTellTheRequestIdByItsNameThereToo() throws IOException {
    try (var edge = new TestEdge()) {
      for (String request :
          List.of(
              "GET /v3/projects HTTP/1.1\r\nHost: a\r\nX-Auth-Token: good\r\n\r\n",
              "GET /v3/projects HTTP/1.1\r\nHost: a\r\n\r\n",
              "PUT /v3/projects HTTP/1.1\r\nHost: a\r\n\r\n")) {
        var response = edge.ask(request);
        assertThat(response.header("x-iam-trace-id"))
            .hasSize(32)
            .isEqualTo(response.header("x-request-id"));
      }
      assertThat(edge.ask(kms("echo", "{}")).headers()).doesNotContainKey("x-iam-trace-id");
    }
  }

  @Test
  void foreignProjectIsRefused() throws IOException {
    try (var edge = new TestEdge()) {
      var response = edge.ask(kms("echo", "{}").replace(PROJECT, "f".repeat(32)));
      assertThat(response.status()).isEqualTo(403);
      Refusals.assertKms(response, "KMS.0321");
      assertThat(edge.ask(kms("echo", "{}").replace(PROJECT, "%7Bproject_id%7D")).status())
          .isEqualTo(403);
    }
  }

  @Test
  void inboundIdentityHeadersMeanNothing() throws IOException {
    try (var edge = new TestEdge()) {
      String forged =
          "X-User-Id: root\r\nX-Roles: admin\r\nX-Project-Id: "
              + PROJECT
              + "\r\nX-Domain-Id: x\r\n";
      var request = kms("echo", "{}").replace("X-Auth-Token: good\r\n", forged);
      assertThat(edge.ask(request).status()).isEqualTo(401);
    }
  }

  @Test
  void pathAndQueryAreDecodedOnce() throws IOException {
    try (var edge = new TestEdge()) {
      String head = " HTTP/1.1\r\nHost: a\r\nX-Auth-Token: good\r\n\r\n";
      assertThat(edge.ask("GET " + KMS + "a+b%252e/tags?x=1&q=%2b%20+" + head).body())
          .contains("\"key_id\":\"a+b%2e+ +\"");
      Refusals.assertKms(edge.ask("GET " + KMS + "a/tags?q=1&%71=2" + head), "KMS.0308");
      assertThat(edge.ask("GET " + KMS + "a/tags?q=%ff" + head).status()).isEqualTo(400);
    }
  }

  @Test
  void lateAnswerIsGivenUp() throws Exception {
    var release = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    Endpoint stuck =
        _ -> {
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          ended.countDown();
          return Answer.ok(new TestEdge.Reply("late", 0));
        };
    var never = Duration.ofHours(1);
    var limits = Limits.standard().withTimes(never, never, never, Duration.ofMillis(20));
    var route =
        Route.post("/call", OPEN, 100, Duration.ofMillis(100), RunsOn.VIRTUAL_THREAD, stuck);
    try (var edge = new TestEdge(limits, Optional.empty(), List.of(route));
        var client = edge.connect()) {
      var response = client.send(call("a")).receive();
      assertThat(response.status()).isEqualTo(503);
      assertThat(response.header("retry-after")).isEqualTo("1");
      release.countDown();
      ended.await();
      String live = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
      for (int i = 0; i < 20; i++) { // the late answer is nobody else's
        assertThat(client.send(live).receive().body()).isEqualTo("{\"status\":\"UP\"}");
      }
    }
  }

  record Secret(SecretText text) implements AutoCloseable {
    @Override
    public void close() {
      text.close();
    }
  }

  @Test
  void secretsOfRequestAndAnswerAreWipedAndSoIsTheBody() throws Exception {
    BlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();
    BlockingQueue<Secret> secrets = new LinkedBlockingQueue<>();
    var operation =
        Endpoints.<Secret, Secret>json(
            Secret.class,
            (_, asked) -> {
              var answer = new Secret(asked.text().lend(chars -> new SecretText(chars.clone())));
              secrets.add(asked);
              secrets.add(answer);
              return answer;
            });
    var route =
        Route.post(
            "/v1.0/{project_id}/kms/secret",
            Access.CALLER,
            100,
            SECONDS_5,
            RunsOn.VIRTUAL_THREAD,
            exchange -> {
              bodies.add(exchange.body());
              return operation.call(exchange);
            });
    try (var edge = new TestEdge(route)) {
      assertThat(edge.ask(kms("secret", "{\"text\":\"canary\"}")).body())
          .isEqualTo("{\"text\":\"canary\"}");
    }
    assertThat(bodies.poll(10, TimeUnit.SECONDS)).containsOnly(0);
    for (int i = 0; i < 2; i++) {
      var secret = secrets.take();
      org.assertj.core.api.Assertions.assertThatThrownBy(() -> secret.text().length())
          .hasMessageContaining("closed");
    }
  }
}
