package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatakeyPairsTest {
  @TempDir static Path folder;
  private static TestKms kms;
  private static String aes = "";

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
    aes = kms.key(KeySpec.AES_256);
  }

  @AfterAll
  static void close() {
    kms.close();
  }

  private static DatakeyPairs.Request request(String key, String spec, Optional<Boolean> plain) {
    return new DatakeyPairs.Request(
        key,
        spec,
        plain,
        Optional.of("aad"),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static DatakeyPairs.Response create(String key, String spec, Optional<Boolean> plain) {
    var request = request(key, spec, plain);
    return spec.startsWith("RSA")
        ? kms.datakeyPairs.createRsa(kms.caller, request)
        : kms.datakeyPairs.createEc(kms.caller, request);
  }

  static DataKeys.DecryptResponse decrypt(TestKms kms, String key, byte[] container, String aad) {
    return kms.dataKeys.decrypt(
        kms.caller,
        new DataKeys.DecryptRequest(
            key,
            Hex.upperText(container),
            new WireNumber("32"),
            Optional.of(aad),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  @ParameterizedTest
  @CsvSource({
    "ECC_NIST_P256, EC_P256",
    "ECC_NIST_P384, EC_P384",
    "ECC_NIST_P521, EC_P521",
    "ECC_SECG_P256K1, SECP256K1",
    "SM2, SM2",
    "RSA_2048, RSA_2048",
    "RSA_3072, RSA_3072",
  })
  void privateKeyIsToldAndWrappedAndBelongsToThePublicOne(String name, KeyPairSpec spec) {
    for (String key : List.of(aes, kms.key(KeySpec.SM4))) {
      var pair = create(key, name, Optional.empty());
      assertThat(pair.keyId()).isEqualTo(key);
      assertThat(pair.keySpec()).isEqualTo(name);
      byte[] told = pair.privateKeyPlainText().orElseThrow().lent();
      var opened = decrypt(kms, key, pair.privateKeyCipherText().lent(), "aad");
      assertThat(opened.dataKey().lent()).isEqualTo(told);
      assertThat(opened.datakeyLength()).isEqualTo(Integer.toString(told.length));
      try (var parsed = KeyPairs.ofPrivate(spec, new KeyMaterial(told.clone())).orElseThrow()) {
        assertThat(parsed.publicKey().lent()).isEqualTo(pair.publicKey().lent());
      }
    }
  }

  @Test
  void privateKeyIsNotToldToWhoDoesNotWantIt() {
    assertThat(create(aes, "SM2", Optional.of(false)).privateKeyPlainText()).isEmpty();
    assertThat(create(aes, "SM2", Optional.of(true)).privateKeyPlainText()).isPresent();
  }

  @Test
  void privateKeyIsBoundToItsContextAndIsNoData() {
    byte[] container = create(aes, "SM2", Optional.of(false)).privateKeyCipherText().lent();
    refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(kms, aes, container, "other"));
    byte[] altered = container.clone();
    altered[50] ^= 1;
    refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(kms, aes, altered, "aad"));
    String base64 = TestKms.text(new Base64Text(Arrays.copyOf(container, container.length)));
    refused(
        KmsError.INVALID_CIPHERTEXT,
        () ->
            kms.smallData.decrypt(
                kms.caller,
                new SmallData.DecryptRequest(
                    base64,
                    Optional.empty(),
                    Optional.empty(),
                    Optional.of("aad"),
                    Optional.empty(),
                    Optional.empty())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "EC_P256", "RSA_1024", "RSA_2049", "AES_256", "ed25519"})
  void unknownSpecIsRefused(String spec) {
    refused(KmsError.INVALID_DATAKEY_SPEC, () -> create(aes, spec, Optional.empty()));
  }

  @Test
  void callsDoNotMakeEachOthersPairs() {
    var rsa = request(aes, "RSA_2048", Optional.empty());
    refused(KmsError.INVALID_DATAKEY_SPEC, () -> kms.datakeyPairs.createEc(kms.caller, rsa));
    var sm2 = request(aes, "SM2", Optional.empty());
    refused(KmsError.INVALID_DATAKEY_SPEC, () -> kms.datakeyPairs.createRsa(kms.caller, sm2));
  }

  @Test
  void level4AndEnclavesAreRefused() {
    var pin =
        new DatakeyPairs.Request(
            aes,
            "SM2",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new SecretText("1234".toCharArray())),
            Optional.empty(),
            Optional.empty());
    refused(KmsError.INVALID_PARAMETER, () -> kms.datakeyPairs.createEc(kms.caller, pin));
    var enclave =
        new DatakeyPairs.Request(
            aes,
            "SM2",
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new Enclave(Optional.empty(), Optional.empty())),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    refused(KmsError.INVALID_PARAMETER, () -> kms.datakeyPairs.createEc(kms.caller, enclave));
  }

  @Test
  void keyOfAnotherKindIsRefused() {
    refused(
        KmsError.KEY_IS_FOR_SIGNING,
        () -> create(kms.key(KeySpec.EC_P256), "SM2", Optional.empty()));
    refused(
        KmsError.ASYMMETRIC_KEY_UNSUPPORTED,
        () -> create(kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT), "SM2", Optional.empty()));
    refused(
        KmsError.HMAC_KEY_UNSUPPORTED,
        () -> create(kms.key(KeySpec.HMAC_256), "SM2", Optional.empty()));
  }

  @Test
  void emptyPinsSayNothing() {
    Optional<String> empty = Optional.of("");
    var request =
        new DatakeyPairs.Request(
            aes,
            "RSA_2048",
            Optional.of(false),
            empty,
            Optional.empty(),
            Optional.empty(),
            Optional.of(TestKms.secret("")),
            empty,
            empty);
    try (var made = kms.datakeyPairs.createRsa(kms.caller, request)) {
      assertThat(made.privateKeyPlainText()).isEmpty();
    }
  }
}
