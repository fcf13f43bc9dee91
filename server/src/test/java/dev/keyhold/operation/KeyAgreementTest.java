package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class KeyAgreementTest {
  @TempDir static Path folder;
  private static TestKms kms;
  private static String key = "";

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
    key = kms.key(KeySpec.EC_P256, KeyUsage.KEY_AGREEMENT);
  }

  @AfterAll
  static void close() {
    kms.close();
  }

  private static byte[] derive(
      String keyId, String algorithm, String publicKey, Optional<Enclave> recipient) {
    var answer =
        kms.keyAgreement.derive(
            kms.caller,
            new KeyAgreement.Request(keyId, algorithm, publicKey, recipient, Optional.empty()));
    assertThat(answer.keyId()).isEqualTo(keyId);
    assertThat(answer.keyAgreementAlgorithm()).isEqualTo("ECDH");
    return answer.sharedSecret().lent();
  }

  private static byte[] derive(String keyId, byte[] publicKey) {
    return derive(keyId, "ECDH", base64(publicKey), Optional.empty());
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  @ParameterizedTest
  @CsvSource({"EC_P256, secp256r1, 32", "EC_P384, secp384r1, 48"})
  void jdkDerivesTheSameSecret(KeySpec spec, String curve, int bytes) throws Exception {
    String ours = kms.key(spec, KeyUsage.KEY_AGREEMENT);
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(curve));
    KeyPair theirs = generator.generateKeyPair();
    var ecdh = javax.crypto.KeyAgreement.getInstance("ECDH");
    ecdh.init(theirs.getPrivate());
    ecdh.doPhase(
        KeyFactory.getInstance("EC").generatePublic(new X509EncodedKeySpec(kms.publicKey(ours))),
        true);

    assertThat(derive(ours, theirs.getPublic().getEncoded()))
        .hasSize(bytes)
        .isEqualTo(ecdh.generateSecret());
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "SECP256K1", "SM2"})
  void bothSidesDeriveTheSameSecret(KeySpec spec) {
    String one = kms.key(spec, KeyUsage.KEY_AGREEMENT);
    String other = kms.key(spec, KeyUsage.KEY_AGREEMENT);
    assertThat(derive(one, kms.publicKey(other))).isEqualTo(derive(other, kms.publicKey(one)));
  }

  @Test
  void publicKeyMustBeAPointOnTheSameCurve() throws Exception {
    byte[] good;
    try (var pair = KeyPairs.generate(KeyPairSpec.EC_P256)) {
      good = pair.publicKey().lent().clone();
    }
    byte[] offCurve = good.clone();
    offCurve[good.length - 1] ^= 1;
    byte[] infinity = Arrays.copyOf(good, good.length);
    Arrays.fill(infinity, good.length - 64, good.length, (byte) 0);
    for (byte[] bad :
        List.of(
            offCurve,
            infinity,
            new byte[0],
            Arrays.copyOf(good, good.length - 1),
            Arrays.copyOf(good, good.length + 1),
            kms.publicKey(kms.key(KeySpec.SECP256K1)),
            kms.publicKey(kms.key(KeySpec.EC_P384)))) {
      refused(KmsError.INVALID_PARAMETER, () -> derive(key, bad));
    }
    for (String bad : List.of("", "x", "%", base64(good) + "\n", "A".repeat(2000))) {
      refused(KmsError.INVALID_PARAMETER, () -> derive(key, "ECDH", bad, Optional.empty()));
    }
    assertThat(derive(key, good)).hasSize(32);
  }

  @Test
  void enclaveIsRefusedRatherThanGivenAPlainSecret() {
    String peer = base64(kms.publicKey(kms.key(KeySpec.EC_P256)));
    var enclave = new Enclave(Optional.of("document"), Optional.of("RSAES_OAEP_SHA_256"));
    refused(KmsError.INVALID_PARAMETER, () -> derive(key, "ECDH", peer, Optional.of(enclave)));
    refused(KmsError.INVALID_PARAMETER, () -> derive(key, "X25519", peer, Optional.empty()));
  }

  @Test
  void keyOfAnotherKindIsRefused() {
    byte[] peer = kms.publicKey(kms.key(KeySpec.EC_P256));
    refused(KmsError.KEY_IS_FOR_SIGNING, () -> derive(kms.key(KeySpec.EC_P256), peer));
    refused(
        KmsError.KEY_IS_FOR_ENCRYPTION,
        () -> derive(kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT), peer));
    refused(KmsError.SYMMETRIC_KEY_UNSUPPORTED, () -> derive(kms.key(KeySpec.AES_256), peer));
    refused(KmsError.HMAC_KEY_UNSUPPORTED, () -> derive(kms.key(KeySpec.HMAC_256), peer));
    refused(KmsError.ASYMMETRIC_KEY_UNSUPPORTED, () -> derive(kms.key(KeySpec.RSA_2048), peer));
  }
}
