package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.EnableKeyRotationRequest;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// get-parameters-for-import, import-key-material, delete-imported-key-material. What is wrapped
/// here is wrapped by the JDK.
class ImportTest {
  private static final String OAEP = Importer.OAEP;

  private final Kms kms = SharedServer.kms();
  private final Importer importer = new Importer(kms);

  @Test
  void externalKeyWaitsForItsMaterial() {
    String key = importer.external("AES_256");

    var details = kms.describe(key);
    assertThat(details.getKeyState()).isEqualTo("5");
    assertThat(details.getOrigin()).hasToString("external");
    assertThat(details.getExpirationTime()).isEmpty();
    refused("KMS.1301", () -> kms.encrypt(key, Deks.random(64)));
    refused("KMS.1201", () -> kms.enable(key));
    refused("KMS.1301", () -> kms.disable(key));
    refused("KMS.2701", () -> importer.delete(key));
    refused(
        "KMS.0312",
        () ->
            kms.client()
                .enableKeyRotation(
                    new EnableKeyRotationRequest()
                        .withBody(new OperateKeyRequestBody().withKeyId(key))));
  }

  @Test
  void parametersAreThoseOfTheApi() throws Exception {
    String key = importer.external("AES_256");

    var parameters = importer.parameters(key, OAEP);

    assertThat(parameters.getKeyId()).isEqualTo(key);
    assertThat(parameters.getImportToken()).matches("[0-9a-zA-Z+/=]{200,6144}");
    assertThat(parameters.getPublicKey()).startsWith("MIIBIjANBgkqhkiG9w0BAQEF");
    assertThat(Instant.ofEpochSecond(parameters.getExpirationTime()))
        .isBetween(Instant.now().plusSeconds(86_000), Instant.now().plusSeconds(86_401));
    byte[] token = Base64.getDecoder().decode(parameters.getImportToken());
    assertThat((token[2] & 0xff) | (token[3] & 0xff) << 8).isEqualTo(token.length - 4);
    assertThat(new String(token, 4, 36, StandardCharsets.US_ASCII)).isEqualTo(key);
  }

  @ParameterizedTest
  @ValueSource(strings = {OAEP, "RSAES_OAEP_SHA_1", "ML_KEM_768_AES_KWP", "ML_KEM_1024_AES_KWP"})
  void importedMaterialEncryptsUntilItIsDeletedAndAgainOnceItIsBack(String algorithm)
      throws Exception {
    String key = importer.external("AES_256");
    byte[] material = Importer.random(32);
    importer.importMaterial(key, algorithm, material);
    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
    String cipherText = kms.encrypt(key, Deks.EXAMPLE).getCipherText();

    importer.delete(key);
    assertThat(kms.describe(key).getKeyState()).isEqualTo("5");
    refused("KMS.1301", () -> kms.decrypt(key, cipherText));

    refused("KMS.2606", () -> importer.importMaterial(key, algorithm, Importer.random(32)));
    importer.importMaterial(key, algorithm, material);
    assertThat(kms.decrypt(key, cipherText).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
  }

  @Test
  void privateKeyIsImportedUnderATemporaryKey() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    byte[] pkcs8 = pair.getPrivate().getEncoded();
    String key = importer.external("EC_P256");

    refused("KMS.2608", () -> importer.importPair(key, Importer.random(32), new byte[0]));
    refused("KMS.2610", () -> importer.importPair(key, Importer.random(24), pkcs8));
    refused("KMS.2609", () -> importer.importPair(key, Importer.random(32), Importer.random(138)));
    importer.importPair(key, Importer.random(32), pkcs8);

    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
    byte[] message = Importer.random(100);
    var signed =
        SharedServer.http()
            .kms(
                "sign",
                Map.of(
                    "key_id",
                    key,
                    "message",
                    Importer.base64(message),
                    "message_type",
                    "RAW",
                    "signing_algorithm",
                    "ECDSA_SHA_256"))
            .ok();
    Signature verifier = Signature.getInstance("SHA256withECDSA");
    verifier.initVerify(pair.getPublic());
    verifier.update(message);
    assertThat(verifier.verify(Base64.getDecoder().decode(signed.text("signature")))).isTrue();
    refused("KMS.2702", () -> importer.delete(key));
    String other = importer.external("EC_P256");
    byte[] temporaryKey = Importer.random(16);
    refused(
        "KMS.2702",
        () ->
            importer.importMaterial(
                importer
                    .delivery(other, OAEP, temporaryKey)
                    .withEncryptedPrivatekey(Importer.base64(Importer.keyWrap(temporaryKey, pkcs8)))
                    .withExpirationTime(Instant.now().getEpochSecond() + 1000)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ML_DSA_44", "ML_DSA_65", "ML_DSA_87"})
  void privateKeyOfMlDsaIsImportedAsTheJdkWritesIt(String spec) throws Exception {
    var generator = KeyPairGenerator.getInstance(spec.replace('_', '-'));
    byte[] pkcs8 = generator.generateKeyPair().getPrivate().getEncoded();
    String key =
        SharedServer.http()
            .kms(
                "create-key",
                Map.of("key_alias", Names.fresh(), "key_spec", spec, "origin", "external"))
            .ok()
            .json()
            .at("/key_info/key_id")
            .asText();

    importer.importPair(key, Importer.random(32), pkcs8);

    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
  }

  @Test
  void materialHasTheLengthOfTheSpec() throws Exception {
    for (int wrong : new int[] {1, 16, 31, 33, 64}) {
      refused(
          "KMS.2604",
          () ->
              importer.importMaterial(importer.external("AES_256"), OAEP, Importer.random(wrong)));
    }
    importer.importMaterial(importer.external("SM4"), OAEP, Importer.random(16));
    importer.importMaterial(importer.external("HMAC_512"), OAEP, Importer.random(64));
  }

  @Test
  void keyRotatesToMaterialThatWasImportedForIt() throws Exception {
    Http http = SharedServer.http();
    String key = importer.external("AES_256");
    byte[] first = Importer.random(32);
    byte[] second = Importer.random(32);
    var rotate = Map.of("key_id", key);
    assertThat(Importer.importNew(http, key, second).code()).isEqualTo("KMS.1301");
    importer.importMaterial(key, OAEP, first);
    String before = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
    assertThat(http.kms("rotate-on-demand", rotate).code()).isEqualTo("KMS.0312");
    assertThat(Importer.importNew(http, key, first).code()).isEqualTo("KMS.0308");

    Importer.importNew(http, key, second).ok();
    assertThat(materialStates(http, key)).containsExactly("2", "0");
    assertThat(http.kms("rotate-on-demand", rotate).ok().text("key_id")).isEqualTo(key);

    assertThat(materialStates(http, key)).containsExactly("2", "2");
    String after = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
    importer.delete(key);
    importer.importMaterial(key, OAEP, second);
    assertThat(kms.describe(key).getKeyState()).isEqualTo("5");
    importer.importMaterial(key, OAEP, first);
    for (String cipherText : new String[] {before, after}) {
      assertThat(kms.decrypt(key, cipherText).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
    }
    String mac = importer.external("HMAC_256");
    importer.importMaterial(mac, OAEP, Importer.random(32));
    assertThat(Importer.importNew(http, mac, Importer.random(32)).code()).isEqualTo("KMS.0341");
    assertThat(Importer.importNew(http, kms.newKey(), second).code()).isEqualTo("KMS.0309");
  }

  private static List<String> materialStates(Http http, String key) {
    return http.kms("get-key-rotation-status", Map.of("key_id", key))
        .ok()
        .json()
        .findValuesAsText("state");
  }

  @Test
  void importIsForExternalKeysThatPendIt() throws Exception {
    String ours = kms.newKey();
    refused("KMS.0309", () -> importer.parameters(ours, OAEP));
    refused("KMS.0309", () -> importer.delete(ours));
    String key = importer.external("AES_256");
    var token = importer.delivery(key, OAEP, Importer.random(32));
    importer.importMaterial(key, OAEP, Importer.random(32));
    refused("KMS.0310", () -> importer.importMaterial(token));
    refused("KMS.0310", () -> importer.parameters(key, OAEP));
    refused(404, "KMS.0207", () -> importer.parameters(Names.UNKNOWN_KEY, OAEP));
    refused(404, "KMS.0207", () -> importer.delete(Names.UNKNOWN_KEY));
    kms.scheduleDeletion(key, "7");
    refused("KMS.2701", () -> importer.delete(key));
  }

  @Test
  void tokenIsBoundToItsKeyAndItsProject() throws Exception {
    String key = importer.external("AES_256");
    String other = importer.external("AES_256");
    var delivery = importer.delivery(key, OAEP, Importer.random(32));

    refused("KMS.2603", () -> importer.importMaterial(delivery.withKeyId(other)));
    delivery.withKeyId(key);
    String token = delivery.getImportToken();
    refused("KMS.2605", () -> importer.importMaterial(delivery.withImportToken("A".repeat(400))));
    refused("KMS.2605", () -> importer.importMaterial(delivery.withImportToken("x")));
    refused("KMS.2605", () -> importer.importMaterial(delivery.withImportToken("-".repeat(400))));
    char flipped = token.charAt(300) == 'A' ? 'B' : 'A';
    refused(
        "KMS.2605",
        () ->
            importer.importMaterial(
                delivery.withImportToken(
                    token.substring(0, 300) + flipped + token.substring(301))));
    Http foreign = SharedServer.otherHttp();
    assertThat(
            foreign
                .kms(
                    "import-key-material",
                    Map.of(
                        "key_id",
                        key,
                        "import_token",
                        token,
                        "encrypted_key_material",
                        delivery.getEncryptedKeyMaterial()))
                .status())
        .isEqualTo(404);
    importer.importMaterial(delivery.withImportToken(token));
  }

  @Test
  void materialThatDoesNotUnwrapIsRefused() throws Exception {
    String key = importer.external("AES_256");
    var delivery = importer.delivery(key, OAEP, Importer.random(32));

    refused(
        "KMS.0311",
        () ->
            importer.importMaterial(
                delivery.withEncryptedKeyMaterial(Importer.base64(Importer.random(256)))));
    refused("KMS.0308", () -> importer.importMaterial(delivery.withEncryptedKeyMaterial("?")));
    refused("KMS.0204", () -> importer.importMaterial(delivery.withEncryptedKeyMaterial(null)));
    refused("KMS.0308", () -> importer.parameters(key, "RSAES_PKCS1_V1_5"));
    refused("KMS.0308", () -> importer.parameters(key, "ROT13"));
  }

  @Test
  void expirationIsInTheFutureAndTold() throws Exception {
    String key = importer.external("AES_256");
    var delivery = importer.delivery(key, OAEP, Importer.random(32));
    long now = Instant.now().getEpochSecond();
    for (long past : new long[] {-1, 0, now - 10, System.currentTimeMillis(), Long.MAX_VALUE}) {
      refused("KMS.2602", () -> importer.importMaterial(delivery.withExpirationTime(past)));
    }

    importer.importMaterial(delivery.withExpirationTime(now + 1000));

    assertThat(kms.describe(key).getExpirationTime()).isEqualTo((now + 1000) + "000");
  }

  @Test
  void expiredMaterialIsGoneAndTheTokenEndsAfterADay() throws Exception {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Kms here = Kms.of(server.tenant());
      var there = new Importer(here);
      String key = there.external("AES_256");
      byte[] material = Importer.random(32);
      there.importMaterial(
          there
              .delivery(key, OAEP, material)
              .withExpirationTime(Instant.now().getEpochSecond() + 3600));
      String waiting = there.external("AES_256");
      var delivery = there.delivery(waiting, OAEP, Importer.random(32));

      server.stop();
      server.withEnvironment("KEYHOLD_DEV_CLOCK_OFFSET", "PT25H").start();
      Http http = Http.loggedIn(server.tenant());
      long start = System.nanoTime();
      while (!state(http, key).equals("5")) {
        assertThat(System.nanoTime() - start).isLessThan(Duration.ofSeconds(60).toNanos());
        ServerProcess.pause(Duration.ofMillis(20));
      }
      assertThat(
              http.kms(
                      "import-key-material",
                      Map.of(
                          "key_id",
                          waiting,
                          "import_token",
                          delivery.getImportToken(),
                          "encrypted_key_material",
                          delivery.getEncryptedKeyMaterial()))
                  .code())
          .isEqualTo("KMS.2601");
    }
  }

  @Test
  void cancelledDeletionOfAKeyWithoutMaterialLeadsBackToPendingImport() throws Exception {
    String key = importer.external("AES_256");
    kms.scheduleDeletion(key, "7");
    assertThat(kms.cancelDeletion(key).getKeyState()).isEqualTo("5");

    importer.importMaterial(key, OAEP, Importer.random(32));
    kms.scheduleDeletion(key, "7");
    assertThat(kms.cancelDeletion(key).getKeyState()).isEqualTo("3");
  }

  private static String state(Http http, String key) {
    return http.kms("describe-key", Map.of("key_id", key))
        .ok()
        .json()
        .at("/key_info/key_state")
        .asText();
  }
}
