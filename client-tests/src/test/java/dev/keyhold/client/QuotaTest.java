package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class QuotaTest {
  @Test
  void keysEndAtTheConfiguredQuota() {
    try (var server = ServerProcess.onNewFolder().with("quotas.cmks", "3")) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String first = kms.newKey();
      kms.newDisabledKey();
      kms.newKeyPendingDeletion();

      refused("KMS.1105", kms::newKey);
      refused("KMS.1105", kms::newSm4Key);
      assertThat(kms.instances()).isEqualTo(3);
      assertThat(kms.quotas())
          .anySatisfy(resource -> {
            assertThat(resource.getType().getValue()).isEqualTo("CMK");
            assertThat(resource.getUsed()).isEqualTo(3);
            assertThat(resource.getQuota()).isEqualTo(3);
          });

      kms.describe(first); // all else goes on
      kms.encrypt(first, Deks.random(32));
      Kms.of(server.otherTenant()).newKey(); // each project has its own quota

      server.stop();
      server.with("quotas.cmks", "4").start();
      Kms raised = Kms.of(server.tenant());
      raised.newKey();
      refused("KMS.1105", raised::newKey);
    }
  }

  @Test
  void racingCallersDoNotExceedTheQuota() throws InterruptedException {
    try (var server = ServerProcess.onNewFolder().with("quotas.cmks", "5");
        var callers = Executors.newFixedThreadPool(8)) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      var calls =
          IntStream.range(0, 24)
              .<Callable<Integer>>mapToObj(_ ->
                  () ->
                      http.kms("create-key", Http.json(Map.of("key_alias", Names.fresh())))
                          .status())
              .toList();

      List<Integer> told = callers.invokeAll(calls).stream().map(Future::resultNow).toList();

      int inDoubt = Collections.frequency(told, 503); // made or not
      assertThat(told).allMatch(status -> Set.of(200, 400, 503).contains(status));
      assertThat(Collections.frequency(told, 200)).isBetween(Math.max(0, 5 - inDoubt), 5);
      Supplier<Http.Answer> another =
          () -> http.kms("create-key", Map.of("key_alias", Names.fresh()));
      Http.Answer last = Http.patiently(another);
      for (int i = 0; i < inDoubt && last.status() == 200; i++) {
        last = Http.patiently(another);
      }
      assertThat(last.code()).isEqualTo("KMS.1105");
      assertThat(Kms.patiently(() -> Kms.of(server.tenant()).instances())).isEqualTo(5);
    }
  }

  @Test
  void racingCallersDoNotShareAName() throws InterruptedException {
    Http http = SharedServer.http();
    String body = Http.json(Map.of("key_alias", Names.fresh()));
    try (var callers = Executors.newFixedThreadPool(16)) {
      var calls =
          IntStream.range(0, 32)
              .<Callable<Http.Answer>>mapToObj(_ -> () -> http.kms("create-key", body))
              .toList();

      var answers = callers.invokeAll(calls).stream().map(it -> it.resultNow()).toList();

      List<Http.Answer> refused =
          answers.stream().filter(it -> it.status() != 200 && it.status() != 503).toList();
      assertThat(refused).allSatisfy(answer -> assertThat(answer.code()).isEqualTo("KMS.1104"));
      long winners = answers.stream().filter(answer -> answer.status() == 200).count();
      boolean inDoubt = winners + refused.size() < answers.size(); // told 503: made or not
      assertThat(winners).isBetween(inDoubt ? 0L : 1L, 1L);
      if (winners == 0) {
        assertThat(Http.patiently(() -> http.kms("create-key", body)).code()).isIn("", "KMS.1104");
      }
      assertThat(Http.patiently(() -> http.kms("create-key", body)).code()).isEqualTo("KMS.1104");
    }
  }
}
