package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ScheduleKeyDeletionRequestBody;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// enable-key, disable-key, schedule-key-deletion, cancel-key-deletion.
class KeyStatesTest {
  private final Kms kms = SharedServer.kms();

  @Test
  void enabledKeyIsDisabledAndEnabledAgain() {
    String key = kms.newKey();

    var disabled = kms.disable(key);
    assertThat(disabled.getKeyId()).isEqualTo(key);
    assertThat(disabled.getKeyState()).isEqualTo("3");
    assertThat(kms.describe(key).getKeyState()).isEqualTo("3");

    var enabled = kms.enable(key);
    assertThat(enabled.getKeyId()).isEqualTo(key);
    assertThat(enabled.getKeyState()).isEqualTo("2");
    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
  }

  @Test
  void onlyADisabledKeyCanBeEnabled() {
    String enabled = kms.newKey();
    String pending = kms.newKeyPendingDeletion();

    refused("KMS.1201", () -> kms.enable(enabled));
    refused("KMS.1201", () -> kms.enable(pending));
    assertThat(kms.describe(pending).getKeyState()).isEqualTo("4");
  }

  @Test
  void onlyAnEnabledKeyCanBeDisabled() {
    String disabled = kms.newDisabledKey();
    String pending = kms.newKeyPendingDeletion();

    refused("KMS.1301", () -> kms.disable(disabled));
    refused("KMS.1301", () -> kms.disable(pending));
  }

  @Test
  void enabledOrDisabledKeyIsScheduledForDeletion() {
    for (String key : new String[] {kms.newKey(), kms.newDisabledKey()}) {
      Instant before = Instant.now().minus(Duration.ofSeconds(5));
      var scheduled = kms.scheduleDeletion(key, "7");
      assertThat(scheduled.getKeyId()).isEqualTo(key);
      assertThat(scheduled.getKeyState()).isEqualTo("4");

      var details = kms.describe(key);
      assertThat(details.getKeyState()).isEqualTo("4");
      assertThat(Instant.ofEpochMilli(Long.parseLong(details.getScheduledDeletionDate())))
          .isBetween(
              before.plus(Duration.ofDays(7)),
              Instant.now().plus(Duration.ofDays(7)).plus(Duration.ofSeconds(5)));
    }
  }

  @Test
  void keyPendingDeletionIsNotScheduledAgain() {
    String key = kms.newKeyPendingDeletion();
    String date = kms.describe(key).getScheduledDeletionDate();

    refused("KMS.1402", () -> kms.scheduleDeletion(key, "1096"));
    assertThat(kms.describe(key).getScheduledDeletionDate()).isEqualTo(date);
  }

  @Test
  void pendingDaysAreFrom7To1096() {
    String key = kms.newKey();
    for (String days : new String[] {"6", "1097", "x", "0", "-7", "7.5", "", "7 ", "9999999999"}) {
      refused("KMS.1401", () -> kms.scheduleDeletion(key, days));
    }
    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");

    kms.scheduleDeletion(key, "7");
    kms.cancelDeletion(key);
    kms.scheduleDeletion(key, "1096");
    assertThat(
            Duration.between(
                    Instant.now(),
                    Instant.ofEpochMilli(
                        Long.parseLong(kms.describe(key).getScheduledDeletionDate())))
                .toDays())
        .isBetween(1095L, 1096L);
  }

  @Test
  void pendingDaysAreRequired() {
    String key = kms.newKey();

    refused(
        "KMS.0204",
        () -> kms.scheduleDeletion(new ScheduleKeyDeletionRequestBody().withKeyId(key)));
  }

  @Test
  void cancelledDeletionLeavesTheKeyDisabled() {
    String key = kms.newKeyPendingDeletion();

    var cancelled = kms.cancelDeletion(key);

    assertThat(cancelled.getKeyId()).isEqualTo(key);
    assertThat(cancelled.getKeyState()).isEqualTo("3");
    var details = kms.describe(key);
    assertThat(details.getKeyState()).isEqualTo("3");
    assertThat(details.getScheduledDeletionDate()).isEmpty();
  }

  @Test
  void onlyAPendingDeletionCanBeCancelled() {
    String enabled = kms.newKey();
    String disabled = kms.newDisabledKey();

    refused("KMS.1501", () -> kms.cancelDeletion(enabled));
    refused("KMS.1501", () -> kms.cancelDeletion(disabled));
  }

  @Test
  void disabledKeyRefusesToWorkUntilItIsEnabled() {
    String key = kms.newKey();
    String dek = Deks.random(64);
    String cipherText = kms.encrypt(key, dek).getCipherText();
    kms.disable(key);

    refuseAllWork(key, cipherText, "KMS.0209");

    kms.enable(key);
    assertThat(kms.decrypt(key, cipherText).getDataKey()).isEqualToIgnoringCase(dek);
  }

  @Test
  void keyPendingDeletionRefusesToWorkUntilItIsSaved() {
    String key = kms.newKey();
    String dek = Deks.random(64);
    String cipherText = kms.encrypt(key, dek).getCipherText();
    kms.scheduleDeletion(key, "7");

    refuseAllWork(key, cipherText, "KMS.0210");

    kms.cancelDeletion(key);
    refuseAllWork(key, cipherText, "KMS.0209");
    kms.enable(key);
    assertThat(kms.decrypt(key, cipherText).getDataKey()).isEqualToIgnoringCase(dek);
  }

  private void refuseAllWork(String key, String cipherText, String code) {
    var create = new CreateDatakeyRequestBody().withKeyId(key);
    refused(code, () -> kms.encrypt(key, Deks.random(32)));
    refused(code, () -> kms.decrypt(key, cipherText));
    refused(code, () -> kms.createDatakey(create));
    refused(code, () -> kms.createDatakeyWithoutPlaintext(create));
  }

  @Test
  void keysOfEveryKindRefuseToWorkByTheirState() {
    String message = "A".repeat(43) + "=";
    Http http = SharedServer.http();
    String aes = kms.newKey();
    String data =
        http.kms("encrypt-data", Map.of("key_id", aes, "plain_text", "x")).ok().text("cipher_text");
    String pair = Keys.make(kms, "EC_P256", "SIGN_VERIFY");
    String mac = Keys.make(kms, "HMAC_256", "GENERATE_VERIFY_MAC");
    Map<String, Map<String, String>> calls =
        Map.of(
            "encrypt-data", Map.of("key_id", aes, "plain_text", "x"),
            "decrypt-data", Map.of("cipher_text", data),
            "re-encrypt", Map.of("destination_key_id", kms.newKey(), "cipher_text", data),
            "sign",
                Map.of("key_id", pair, "message", message, "signing_algorithm", "ECDSA_SHA_256"),
            "verify",
                Map.of(
                    "key_id",
                    pair,
                    "message",
                    message,
                    "signing_algorithm",
                    "ECDSA_SHA_256",
                    "signature",
                    "AAAA"),
            "get-publickey", Map.of("key_id", pair),
            "generate-mac",
                Map.of("key_id", mac, "message", message, "mac_algorithm", "HMAC_SHA_256"),
            "verify-mac",
                Map.of(
                    "key_id",
                    mac,
                    "message",
                    message,
                    "mac_algorithm",
                    "HMAC_SHA_256",
                    "mac",
                    "00"));
    calls.forEach((action, body) -> http.kms(action, body).ok());
    List.of(aes, pair, mac).forEach(kms::disable);
    calls.forEach((action, body) ->
        assertThat(http.kms(action, body).code()).describedAs(action).isEqualTo("KMS.0209"));
    List.of(aes, pair, mac).forEach(key -> kms.scheduleDeletion(key, "7"));
    calls.forEach((action, body) ->
        assertThat(http.kms(action, body).code()).describedAs(action).isEqualTo("KMS.0210"));
  }

  @Test
  void unknownKeyIsNotFound() {
    String unknown = Names.UNKNOWN_KEY;

    refused(404, "KMS.0207", () -> kms.enable(unknown));
    refused(404, "KMS.0207", () -> kms.disable(unknown));
    refused(404, "KMS.0207", () -> kms.scheduleDeletion(unknown, "7"));
    refused(404, "KMS.0207", () -> kms.cancelDeletion(unknown));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "0D0466B0-E727-4D9C-B35D-F84BB474A37F",
        "0d0466b0e7274d9cb35df84bb474a37f",
        "{0d0466b0-e727-4d9c-b35d-f84bb474a37}",
        "0d0466b0-e727-4d9c-b35d-f84bb474a37f0"
      })
  void malformedKeyIdIsRefused(String malformed) {
    refused("KMS.0205", () -> kms.enable(malformed));
    refused("KMS.0205", () -> kms.disable(malformed));
    refused("KMS.0205", () -> kms.scheduleDeletion(malformed, "7"));
    refused("KMS.0205", () -> kms.cancelDeletion(malformed));
  }

  @Test
  void missingKeyIdIsRefused() {
    var nothing = new OperateKeyRequestBody();

    refused("KMS.0204", () -> kms.enable(nothing));
    refused("KMS.0204", () -> kms.disable(nothing));
    refused("KMS.0204", () -> kms.cancelDeletion(nothing));
    refused(
        "KMS.0204",
        () -> kms.scheduleDeletion(new ScheduleKeyDeletionRequestBody().withPendingDays("7")));
  }

  @Test
  void badSequenceIsRefused() {
    String key = kms.newKey();
    var request = new OperateKeyRequestBody().withKeyId(key).withSequence("x");

    refused("KMS.0206", () -> kms.enable(request));
    refused("KMS.0206", () -> kms.disable(request));
    refused("KMS.0206", () -> kms.cancelDeletion(request));
    refused(
        "KMS.0206",
        () ->
            kms.scheduleDeletion(
                new ScheduleKeyDeletionRequestBody()
                    .withKeyId(key)
                    .withPendingDays("7")
                    .withSequence("x")));
    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
  }
}
