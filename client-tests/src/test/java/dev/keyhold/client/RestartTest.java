package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.KeyDetails;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody.KeySpecEnum;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// What outlives the process, and what time does meanwhile.
class RestartTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final String CLOCK_OFFSET = "KEYHOLD_DEV_CLOCK_OFFSET";

  private static List<KeyDetails> keys(ServerProcess server) {
    return Kms.of(server.tenant())
        .list(new ListKeysRequestBody().withKeySpec(KeySpecEnum.ALL))
        .getKeyDetails();
  }

  @Test
  void restartedServerHasAllKeysCredentialsAndTokens() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Tenant before = server.tenant();
      Kms kms = Kms.of(before);
      String aes = kms.newKey();
      String sm4 = kms.newSm4Key();
      kms.newDisabledKey();
      kms.newKeyPendingDeletion();
      kms.updateDescription(aes, "kept");
      String dek = Deks.random(64);
      String underAes = kms.encrypt(aes, dek).getCipherText();
      String underSm4 =
          kms.encrypt(Kms.encryptRequest(sm4, dek).withPlainText(Deks.withSm3(dek)))
              .getCipherText();
      List<KeyDetails> keys = keys(server);
      String token = Login.token(before);
      String otherToken = Login.token(server.otherTenant());

      assertThat(server.stop()).isZero();
      server.start();

      Tenant after = server.tenant();
      assertThat(after.endpoint()).isEqualTo(server.endpoint());
      assertThat(after.accessKey()).isEqualTo(before.accessKey());
      assertThat(after.secretKey()).isEqualTo(before.secretKey());
      assertThat(after.password()).isEqualTo(before.password());
      assertThat(after.projectId()).isEqualTo(before.projectId());
      assertThat(keys(server)).isEqualTo(keys);
      Kms again = Kms.of(after);
      assertThat(again.decrypt(aes, underAes).getDataKey()).isEqualToIgnoringCase(dek);
      assertThat(again.decrypt(sm4, underSm4).getDataKey()).isEqualToIgnoringCase(dek);
      Http http = Http.withToken(after, token);
      http.get(http.kmsPath("user-instances")).ok();
      Http other = Http.withToken(server.otherTenant(), otherToken);
      other.get(other.kmsPath("user-instances")).ok();
      assertThat(other.withProject(after.projectId()).get(http.kmsPath("user-instances")).status())
          .isEqualTo(403);
    }
  }

  @Test
  void tokenEndsAfterADay() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      String token = Login.token(server.tenant());

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "PT24H1M").start();
      Http http = Http.withToken(server.tenant(), token);
      Http.Answer answer = http.get(http.kmsPath("user-instances"));
      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.code()).isEqualTo("APIGW.0307");
      Http anew = Http.loggedIn(server.tenant());
      anew.get(anew.kmsPath("user-instances")).ok();
      // A token that was not issued yet is none either.
      String ofTomorrow = Login.token(server.tenant());
      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "PT0S").start();
      assertThat(
              Http.withToken(server.tenant(), ofTomorrow)
                  .get(http.kmsPath("user-instances"))
                  .status())
          .isEqualTo(401);
    }
  }

  @Test
  void keyIsGoneWhenItsTimeIsOver() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Kms kms = Kms.of(server.tenant());
      String first = kms.newKey();
      String doomed = kms.newKey();
      String saved = kms.newKey();
      String later = kms.newKey();
      String name = kms.describe(doomed).getKeyAlias();
      String cipherText = kms.encrypt(doomed, Deks.EXAMPLE).getCipherText();
      String savedCipherText = kms.encrypt(saved, Deks.EXAMPLE).getCipherText();
      kms.scheduleDeletion(first, "7");
      kms.scheduleDeletion(doomed, "8");
      kms.scheduleDeletion(saved, "8");
      kms.scheduleDeletion(later, "10");

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "P7DT1H").start(); // not yet, but for the first
      Http early = Http.loggedIn(server.tenant());
      Http http = early;
      ServerProcess.await(
          PATIENCE, () -> early.kms("describe-key", one("key_id", first)).status() == 404);
      assertThat(state(http, doomed)).isEqualTo("4");
      http.kms("cancel-key-deletion", one("key_id", saved)).ok();

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "P9D").start();
      Http then = Http.loggedIn(server.tenant());
      http = then;
      ServerProcess.await(
          PATIENCE, () -> then.kms("describe-key", one("key_id", doomed)).status() == 404);
      for (String action :
          List.of("describe-key", "enable-key", "cancel-key-deletion", "create-datakey")) {
        Http.Answer answer = http.kms(action, one("key_id", doomed));
        assertThat(answer.status()).describedAs(action).isEqualTo(404);
        assertThat(answer.code()).isEqualTo("KMS.0207");
      }
      var decrypt = one("key_id", doomed);
      decrypt.put("cipher_text", cipherText);
      decrypt.put("datakey_cipher_length", "64");
      assertThat(http.kms("decrypt-datakey", decrypt).code()).isEqualTo("KMS.0207");
      assertThat(state(http, later)).isEqualTo("4");
      assertThat(state(http, saved)).isEqualTo("3");
      assertThat(http.kms("list-keys", one("key_spec", "ALL")).json().path("total").asInt())
          .isEqualTo(2);
      assertThat(http.get(http.kmsPath("user-instances")).json().path("instance_num").asInt())
          .isEqualTo(2);
      String heir =
          http.kms("create-key", one("key_alias", name))
              .ok()
              .json()
              .at("/key_info/key_id")
              .asText();
      assertThat(heir).isNotEqualTo(doomed);

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "PT0S").start(); // and it does not come back
      Kms today = Kms.of(server.tenant());
      refused(404, "KMS.0207", () -> today.describe(doomed));
      refused(404, "KMS.0207", () -> today.decrypt(doomed, cipherText));
      today.enable(saved);
      assertThat(today.decrypt(saved, savedCipherText).getDataKey())
          .isEqualToIgnoringCase(Deks.EXAMPLE);
      refused("KMS.1104", () -> today.createKey(new CreateKeyRequestBody().withKeyAlias(name)));
    }
  }

  private static String state(Http http, String key) {
    return http.kms("describe-key", one("key_id", key))
        .ok()
        .json()
        .at("/key_info/key_state")
        .asText();
  }

  private static Map<String, Object> one(String name, String value) {
    var body = new LinkedHashMap<String, Object>();
    body.put(name, value);
    return body;
  }
}
