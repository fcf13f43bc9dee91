package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.http.RateLimits.PerSecond;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Rate limits as callers meet them. Time stands still here.
@Timeout(60)
class RateLimitsTest {
  private static final String ECHO = kms("echo", "{\"key_id\":\"a\"}");
  private static final String PROJECTS =
      "GET /v3/projects HTTP/1.1\r\nHost: a\r\nX-Auth-Token: good\r\n\r\n";

  private static TestEdge edge(int crypto, int management) throws IOException {
    return TestEdge.with(
        new RateLimits(new PerSecond(0, crypto), new PerSecond(0, management), () -> 0));
  }

  @Test
  void oneCallTooManyIs429WithRetryAfter() throws IOException {
    try (var edge = edge(0, 2);
        var client = edge.connect()) {
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      var refused = client.send(ECHO).receive();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("retry-after")).isEqualTo("1");
      assertThat(refused.body())
          .contains(
              "\"error_code\":\"APIGW.0308\"",
              "The throttling threshold has been reached: policy tenant over ratelimit,limit:2");
    }
  }

  @Test
  void callThatGoesOnOnAnotherThreadCountsOnce() throws IOException {
    try (var edge = edge(0, 2);
        var client = edge.connect()) {
      String wait = kms("wait", "{\"key_id\":\"a\"}");
      assertThat(client.send(wait).receive().status()).isEqualTo(200);
      assertThat(client.send(wait.replace("good", "cold")).receive().status()).isEqualTo(200);
      assertThat(client.send(wait).receive().status()).isEqualTo(429);
    }
  }

  @Test
  void callsWithoutAProjectCountForTheDomain() throws IOException {
    try (var edge = edge(0, 1);
        var client = edge.connect()) {
      assertThat(client.send(PROJECTS).receive().status()).isEqualTo(200);
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      var refused = client.send(PROJECTS).receive();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.header("retry-after")).isEqualTo("1");
    }
  }

  @Test
  void strangersUseUpNothing() throws IOException {
    try (var edge = edge(1, 1);
        var client = edge.connect()) {
      for (int i = 0; i < 5; i++) {
        assertThat(client.send(ECHO.replace("good", "evil")).receive().status()).isEqualTo(401);
      }
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void usesOfKeysAreCountedApart() throws IOException {
    try (var edge = edge(1, 0);
        var client = edge.connect()) {
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void oneUserIsRefusedAndTheOthersOfTheTenantAreNot() throws IOException {
    try (var edge =
            TestEdge.with(new RateLimits(new PerSecond(0, 0), new PerSecond(2, 3), () -> 0));
        var client = edge.connect()) {
      String ofBob = ECHO.replace("good", "bob");
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      assertThat(client.send(ECHO).receive().status()).isEqualTo(200);
      for (int i = 0; i < 5; i++) {
        var refused = client.send(ECHO).receive();
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.body()).contains("policy user over ratelimit,limit:2,time:1 second");
      }
      // What a user was refused is not counted for the tenant, who may have three.
      assertThat(client.send(ofBob).receive().status()).isEqualTo(200);
      var refused = client.send(ofBob).receive();
      assertThat(refused.status()).isEqualTo(429);
      assertThat(refused.body()).contains("policy tenant over ratelimit,limit:3,time:1 second");
    }
  }
}
