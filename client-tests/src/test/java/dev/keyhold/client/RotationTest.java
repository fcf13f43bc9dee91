package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DisableKeyRotationRequest;
import com.huaweicloud.sdk.kms.v2.model.EnableKeyRotationRequest;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ShowKeyRotationStatusRequest;
import com.huaweicloud.sdk.kms.v2.model.ShowKeyRotationStatusResponse;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyRotationIntervalRequest;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyRotationIntervalRequestBody;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// enable-key-rotation, disable-key-rotation, update-key-rotation-interval,
/// get-key-rotation-status, rotate-on-demand.
class RotationTest {
  private static final String CLOCK_OFFSET = "KEYHOLD_DEV_CLOCK_OFFSET";
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Kms kms = SharedServer.kms();

  @Test
  void rotationIsOffUntilItIsEnabled() {
    String key = kms.newKey();

    var status = status(key);
    assertThat(status.getKeyRotationEnabled()).isFalse();
    assertThat(status.getLastRotationTime()).isEmpty();
    assertThat(status.getNumberOfRotations()).isZero();
    assertThat(kms.describe(key).getKeyRotationEnabled()).isEqualTo("false");

    enable(key);
    assertThat(status(key).getKeyRotationEnabled()).isTrue();
    assertThat(status(key).getRotationInterval()).isEqualTo(365);
    assertThat(kms.describe(key).getKeyRotationEnabled()).isEqualTo("true");

    interval(key, 30);
    assertThat(status(key).getRotationInterval()).isEqualTo(30);

    disable(key);
    assertThat(status(key).getKeyRotationEnabled()).isFalse();
    assertThat(kms.describe(key).getKeyRotationEnabled()).isEqualTo("false");
  }

  @Test
  void rotationIsEnabledOnceAndDisabledOnce() {
    String key = kms.newKey();

    refused("KMS.0313", () -> disable(key));
    refused("KMS.0313", () -> interval(key, 30));
    enable(key);
    refused("KMS.2901", () -> enable(key));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 29, 366, Integer.MAX_VALUE})
  void intervalIsOneToTwelveMonths(int days) {
    String key = kms.newKey();
    enable(key);

    refused("KMS.3001", () -> interval(key, days));
    interval(key, 30);
    interval(key, 365);
  }

  @Test
  void intervalIsRequiredAndANumber() {
    String key = kms.newKey();
    enable(key);

    refused(
        "KMS.0204",
        () ->
            kms.client()
                .updateKeyRotationInterval(
                    new UpdateKeyRotationIntervalRequest()
                        .withBody(new UpdateKeyRotationIntervalRequestBody().withKeyId(key))));
    Http http = SharedServer.http();
    assertThat(
            http.kms(
                    "update-key-rotation-interval",
                    Map.of("key_id", key, "rotation_interval", "often"))
                .code())
        .isEqualTo("KMS.3001");
    http.kms("update-key-rotation-interval", Map.of("key_id", key, "rotation_interval", "60")).ok();
    assertThat(status(key).getRotationInterval()).isEqualTo(60);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, KMS.0324",
    "EC_P256, KMS.0325",
    "SM2, KMS.0325",
    "HMAC_256, KMS.0341",
  })
  void onlySymmetricKeysRotate(String spec, String code) {
    String key =
        kms.createKey(
                new CreateKeyRequestBody()
                    .withKeyAlias(Names.fresh())
                    .withKeySpec(CreateKeyRequestBody.KeySpecEnum.fromValue(spec)))
            .getKeyId();

    refused(code, () -> enable(key));
    refused(code, () -> disable(key));
    refused(code, () -> interval(key, 30));
    assertThat(rotate(SharedServer.http(), key).code()).isEqualTo(code);
    assertThat(status(key).getKeyRotationEnabled()).isFalse();
  }

  @Test
  void stateDecidesWhetherAKeyRotates() {
    Http http = SharedServer.http();
    String disabled = kms.newDisabledKey();
    enable(disabled);
    assertThat(rotate(http, disabled).code()).isEqualTo("KMS.0209");

    String doomed = kms.newKeyPendingDeletion();
    refused("KMS.0210", () -> enable(doomed));
    assertThat(rotate(http, doomed).code()).isEqualTo("KMS.0210");

    refused(404, "KMS.0207", () -> enable(Names.UNKNOWN_KEY));
    refused(404, "KMS.0207", () -> status(Names.UNKNOWN_KEY));
    assertThat(rotate(http, Names.UNKNOWN_KEY).status()).isEqualTo(404);
    refused("KMS.0205", () -> enable("x"));
    refused("KMS.0204", () -> enable(new OperateKeyRequestBody()));
    refused(
        "KMS.0206", () -> enable(new OperateKeyRequestBody().withKeyId(doomed).withSequence("x")));
  }

  @Test
  void foreignKeyDoesNotRotate() {
    String key = kms.newKey();
    Http other = SharedServer.otherHttp();

    assertThat(rotate(other, key).status()).isEqualTo(404);
    assertThat(other.kms("get-key-rotation-status", Map.of("key_id", key)).status()).isEqualTo(404);
    assertThat(status(key).getNumberOfRotations()).isZero();
  }

  @Test
  void rotatedKeyOpensWhatItEncryptedBeforeAndEncryptsWithNewMaterial() {
    Http http = SharedServer.http();
    for (String key : new String[] {kms.newKey(), kms.newSm4Key()}) {
      var dataKeys = new ArrayList<String>();
      var cipherTexts = new ArrayList<String>();
      for (int version = 0; version < 4; version++) {
        var dataKey =
            kms.createDatakey(
                new CreateDatakeyRequestBody().withKeyId(key).withDatakeyLength("512"));
        dataKeys.add(dataKey.getPlainText());
        cipherTexts.add(dataKey.getCipherText());
        assertThat(materialVersion(dataKey.getCipherText())).isEqualTo(version);
        assertThat(rotate(http, key).ok().text("key_id")).isEqualTo(key);
      }
      for (int version = 0; version < 4; version++) {
        assertThat(kms.decrypt(key, cipherTexts.get(version)).getDataKey())
            .isEqualTo(dataKeys.get(version));
      }
      assertThat(status(key).getNumberOfRotations()).isEqualTo(4);
      assertThat(Long.parseLong(status(key).getLastRotationTime())).isPositive();

      JsonNode materials =
          http.kms("get-key-rotation-status", Map.of("key_id", key)).json().path("key_materials");
      assertThat(materials).hasSize(5);
      assertThat(materials.get(4).path("material_id").asText()).isEqualTo("4");
      assertThat(materials.get(4).path("state").asText()).isEqualTo("2");
    }
  }

  @Test
  void overdueRotationRunsAtOnceAfterDowntimeAndWhenTheKeyIsEnabledAgain() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      Kms before = Kms.of(server.tenant());
      String running = before.newKey();
      String resting = before.newKey();
      String idle = before.newKey();
      String cipherText = before.encrypt(running, Deks.EXAMPLE).getCipherText();
      for (String key : new String[] {running, resting}) {
        http.kms("enable-key-rotation", Map.of("key_id", key)).ok();
        http.kms("update-key-rotation-interval", Map.of("key_id", key, "rotation_interval", 30))
            .ok();
      }
      before.disable(resting);

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "P100D").start();
      Http later = Http.loggedIn(server.tenant());
      ServerProcess.await(PATIENCE, () -> rotations(later, running) == 1);
      assertThat(rotations(later, resting)).isZero();
      later.kms("enable-key", Map.of("key_id", resting)).ok();
      ServerProcess.await(PATIENCE, () -> rotations(later, resting) == 1);
      assertThat(rotations(later, running)).isEqualTo(1);
      assertThat(rotations(later, idle)).isZero();

      server.stop();
      server.withEnvironment(CLOCK_OFFSET, "PT0S").start();
      Kms after = Kms.of(server.tenant());
      assertThat(after.decrypt(running, cipherText).getDataKey())
          .isEqualToIgnoringCase(Deks.EXAMPLE);
      String newer = after.encrypt(running, Deks.EXAMPLE).getCipherText();
      assertThat(materialVersion(newer)).isEqualTo(1);
      assertThat(after.decrypt(running, newer).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
    }
  }

  private static int rotations(Http http, String key) {
    return http.kms("get-key-rotation-status", Map.of("key_id", key))
        .ok()
        .json()
        .path("number_of_rotations")
        .asInt();
  }

  /// The container ends in the version, LE32, and 32 bytes of checksum.
  private static int materialVersion(String cipherText) {
    byte[] container = HexFormat.of().parseHex(cipherText);
    return container[container.length - 36];
  }

  private static Http.Answer rotate(Http http, String key) {
    return http.kms("rotate-on-demand", Map.of("key_id", key));
  }

  private void enable(String key) {
    enable(new OperateKeyRequestBody().withKeyId(key));
  }

  private void enable(OperateKeyRequestBody body) {
    kms.client().enableKeyRotation(new EnableKeyRotationRequest().withBody(body));
  }

  private void disable(String key) {
    kms.client()
        .disableKeyRotation(
            new DisableKeyRotationRequest().withBody(new OperateKeyRequestBody().withKeyId(key)));
  }

  private void interval(String key, int days) {
    kms.client()
        .updateKeyRotationInterval(
            new UpdateKeyRotationIntervalRequest()
                .withBody(
                    new UpdateKeyRotationIntervalRequestBody()
                        .withKeyId(key)
                        .withRotationInterval(days)));
  }

  private ShowKeyRotationStatusResponse status(String key) {
    return kms.client()
        .showKeyRotationStatus(
            new ShowKeyRotationStatusRequest()
                .withBody(new OperateKeyRequestBody().withKeyId(key)));
  }
}
