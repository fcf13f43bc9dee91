package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class DefaultKeysTest {
  private final Kms kms = SharedServer.kms();
  private final Http http = SharedServer.http();

  @Test
  void defaultKeyIsMadeAtFirstUseAndStays() {
    int before = kms.instances();
    String dek = Deks.random(32);

    var encrypted = kms.encrypt("alias/obs/default", dek);

    var key = kms.describe("alias/obs/default");
    assertThat(key.getKeyId()).isEqualTo(encrypted.getKeyId());
    assertThat(key.getKeyAlias()).isEqualTo("obs/default");
    assertThat(key.getDefaultKeyFlag()).isEqualTo("1");
    assertThat(key.getKeyState()).isEqualTo("2");
    assertThat(kms.decrypt("alias/obs/default", encrypted.getCipherText()).getDataKey())
        .isEqualToIgnoringCase(dek);
    assertThat(kms.decrypt(key.getKeyId(), encrypted.getCipherText()).getDataKey())
        .isEqualToIgnoringCase(dek);
    assertThat(kms.instances()).isEqualTo(before);
    assertThat(kms.list(new ListKeysRequestBody()).getKeys()).contains(key.getKeyId());
  }

  @Test
  void racingFirstUsesMakeOneKey() throws InterruptedException {
    try (var callers = Executors.newFixedThreadPool(8)) {
      var calls =
          IntStream.range(0, 16)
              .<Callable<String>>mapToObj(_ ->
                  () ->
                      Http.patiently(
                              () -> http.kms("describe-key", Map.of("key_id", "alias/evs/default")))
                          .ok()
                          .json()
                          .at("/key_info/key_id")
                          .textValue())
              .toList();
      assertThat(callers.invokeAll(calls).stream().map(call -> call.resultNow()).distinct())
          .hasSize(1);
    }
  }

  @Test
  void eachDomainHasItsOwn() {
    Kms other = SharedServer.otherKms();
    assertThat(other.describe("alias/rds/default").getKeyId())
        .isNotEqualTo(kms.describe("alias/rds/default").getKeyId());
  }

  @Test
  void everyServiceOfTheListHasOneAndNoOther() {
    for (String service : List.of("obs", "evs", "ims", "sfs", "rds", "dds", "csms")) {
      assertThat(kms.describe("alias/" + service + "/default").getKeyAlias())
          .isEqualTo(service + "/default");
    }
    refused(404, "KMS.0207", () -> kms.describe("alias/ecs/default"));
  }

  @Test
  void nothingChangesADefaultKey() {
    String key = kms.describe("alias/dds/default").getKeyId();

    refused("KMS.0211", () -> kms.disable(key));
    refused("KMS.0211", () -> kms.enable(key));
    refused("KMS.0211", () -> kms.scheduleDeletion(key, "7"));
    refused("KMS.0211", () -> kms.cancelDeletion(key));
    refused("KMS.0211", () -> kms.updateAlias(key, Names.fresh()));
    refused("KMS.0211", () -> kms.updateDescription(key, "x"));
    assertThat(http.kms("aliases", Map.of("key_id", key, "alias", Names.fresh())).code())
        .isEqualTo("KMS.0211");
  }
}
