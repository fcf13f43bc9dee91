package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
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

      long made = callers.invokeAll(calls).stream().filter(it -> it.resultNow() == 200).count();

      assertThat(made).isEqualTo(5);
      assertThat(Kms.of(server.tenant()).instances()).isEqualTo(5);
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

      assertThat(answers).filteredOn(answer -> answer.status() == 200).hasSize(1);
      assertThat(answers)
          .filteredOn(answer -> answer.status() != 200)
          .allSatisfy(answer -> assertThat(answer.code()).isEqualTo("KMS.1104"));
    }
  }
}
