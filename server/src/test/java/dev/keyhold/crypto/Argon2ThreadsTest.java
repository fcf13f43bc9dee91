package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class Argon2ThreadsTest {
  @Test
  void resultThatComesTooLateIsWiped() throws Exception {
    var threads = new Argon2Threads("test", 1);
    var begun = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    var secret = new KeyMaterial(new byte[] {1});
    var wiped = new CompletableFuture<KeyMaterial>();

    assertThatThrownBy(() ->
            threads.run(
                () -> {
                  begun.countDown();
                  go.await();
                  return secret;
                },
                wiped::complete,
                Duration.ofMillis(20)))
        .isInstanceOf(Unavailable.class);
    assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
    go.countDown();

    assertThat(wiped.get(30, TimeUnit.SECONDS)).isSameAs(secret);
    assertThat(threads.run(() -> "next")).isEqualTo("next");
  }
}
