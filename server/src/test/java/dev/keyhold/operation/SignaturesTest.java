package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static dev.keyhold.operation.TestKms.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.keyhold.crypto.Digest;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignaturesTest {
  private static final byte[] MESSAGE = TestKms.utf8("a message");
  private static final Map<KeySpec, String> KEYS = new EnumMap<>(KeySpec.class);

  @TempDir static Path folder;
  private static TestKms kms;

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
  }

  @AfterAll
  static void close() {
    kms.close();
    KEYS.clear();
  }

  /// One signing key a spec: RSA takes its time.
  private static String key(KeySpec spec) {
    return KEYS.computeIfAbsent(spec, wanted -> kms.key(wanted, KeyUsage.SIGN_VERIFY));
  }

  private static byte[] sign(String key, SecretText message, String algorithm, String type) {
    var answer =
        kms.signatures.sign(
            kms.caller,
            new Signatures.SignRequest(
                key, message, algorithm, Optional.of(type), Optional.empty()));
    assertThat(answer.keyId()).isEqualTo(key);
    return answer.signature().lent();
  }

  private static byte[] sign(String key, byte[] message, String algorithm, String type) {
    return sign(key, TestKms.base64(message), algorithm, type);
  }

  private static String verify(
      String key, byte[] message, String signature, String algorithm, String type) {
    return kms.signatures
        .verify(
            kms.caller,
            new Signatures.VerifyRequest(
                key,
                TestKms.base64(message),
                signature,
                algorithm,
                Optional.of(type),
                Optional.empty()))
        .signatureValid();
  }

  private static String verify(
      String key, byte[] message, byte[] signature, String algorithm, String type) {
    return verify(key, message, base64(signature), algorithm, type);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] hash(String name) throws Exception {
    return MessageDigest.getInstance(name).digest(MESSAGE);
  }

  /// By the JDK, which knows nothing of us: both as a message and as a digest.
  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSASSA_PSS_SHA_256, RSASSA-PSS, SHA-256",
    "RSA_2048, RSASSA_PSS_SHA_384, RSASSA-PSS, SHA-384",
    "RSA_3072, RSASSA_PSS_SHA_512, RSASSA-PSS, SHA-512",
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_256, SHA256withRSA, SHA-256",
    "RSA_3072, RSASSA_PKCS1_V1_5_SHA_384, SHA384withRSA, SHA-384",
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_512, SHA512withRSA, SHA-512",
    "EC_P256, ECDSA_SHA_256, SHA256withECDSA, SHA-256",
    "EC_P384, ECDSA_SHA_384, SHA384withECDSA, SHA-384",
  })
  void whatWeSignVerifiesInTheJdk(KeySpec spec, String algorithm, String jdkName, String hash)
      throws Exception {
    String key = key(spec);
    var publicKey =
        KeyFactory.getInstance(jdkName.endsWith("ECDSA") ? "EC" : "RSA")
            .generatePublic(new X509EncodedKeySpec(kms.publicKey(key)));
    for (byte[] ours :
        List.of(sign(key, MESSAGE, algorithm, "RAW"), sign(key, hash(hash), algorithm, ""))) {
      Signature jdk = Signature.getInstance(jdkName);
      if (jdkName.equals("RSASSA-PSS")) {
        int saltBytes = hash(hash).length;
        jdk.setParameter(
            new PSSParameterSpec(hash, "MGF1", new MGF1ParameterSpec(hash), saltBytes, 1));
      }
      jdk.initVerify(publicKey);
      jdk.update(MESSAGE);
      assertThat(jdk.verify(ours)).isTrue();
      assertThat(verify(key, MESSAGE, ours, algorithm, "RAW")).isEqualTo("true");
      assertThat(verify(key, hash(hash), ours, algorithm, "DIGEST")).isEqualTo("true");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ED25519, ED25519",
    "ML_DSA_44, ML_DSA_44",
    "ML_DSA_65, ML_DSA_65",
    "ML_DSA_87, ML_DSA_87",
    "SECP256K1, ECDSA_SHA_256",
    "SM2, SM2DSA_SM3"
  })
  void signatureVerifiesAndAnAlteredOneDoesNot(KeySpec spec, String algorithm) {
    String key = key(spec);
    byte[] signature = sign(key, MESSAGE, algorithm, "RAW");
    assertThat(verify(key, MESSAGE, signature, algorithm, "RAW")).isEqualTo("true");
    assertThat(verify(key, TestKms.utf8("another"), signature, algorithm, "RAW"))
        .isEqualTo("false");
    signature[signature.length / 2] ^= 1;
    assertThat(verify(key, MESSAGE, signature, algorithm, "RAW")).isEqualTo("false");
    for (byte[] wrong : List.of(new byte[1], new byte[64], new byte[256])) {
      assertThat(verify(key, MESSAGE, wrong, algorithm, "RAW")).isEqualTo("false");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ED25519", "ML_DSA_65"})
  void schemeWithoutDigestsTakesMessagesOnly(KeySpec spec) {
    refused(KmsError.INVALID_PARAMETER, () -> sign(key(spec), new byte[32], spec.name(), "DIGEST"));
    refused(KmsError.INVALID_PARAMETER, () -> sign(key(spec), new byte[32], spec.name(), ""));
  }

  /// GB/T 32918.2, section 5.5: the digest that an SM2 client sends is that of Z and the message.
  @Test
  void sm2DigestIsThatOfZAndTheMessage() {
    String key = key(KeySpec.SM2);
    byte[] spki = kms.publicKey(key);
    byte[] curve =
        HexFormat.of()
            .parseHex(
                "FFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC"
                    + "28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93"
                    + "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
                    + "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0");
    byte[] z =
        Digest.SM3.digest(
            joined(
                new byte[] {0, (byte) 128},
                TestKms.utf8("1234567812345678"),
                curve,
                tail(spki, 64)));
    byte[] e = Digest.SM3.digest(joined(z, MESSAGE));

    assertThat(verify(key, MESSAGE, sign(key, e, "SM2DSA_SM3", "DIGEST"), "SM2DSA_SM3", "RAW"))
        .isEqualTo("true");
    assertThat(verify(key, e, sign(key, MESSAGE, "SM2DSA_SM3", "RAW"), "SM2DSA_SM3", "DIGEST"))
        .isEqualTo("true");
  }

  private static byte[] tail(byte[] bytes, int length) {
    return Arrays.copyOfRange(bytes, bytes.length - length, bytes.length);
  }

  private static byte[] joined(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /// With the PEM as get-publickey answers it.
  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_256, -digest sha256",
    "EC_P256, ECDSA_SHA_256, -digest sha256",
    "EC_P384, ECDSA_SHA_384, -digest sha384",
    "SECP256K1, ECDSA_SHA_256, -digest sha256",
    "SM2, SM2DSA_SM3, -digest sm3 -pkeyopt distid:1234567812345678",
    "ED25519, ED25519, ''",
  })
  void whatWeSignVerifiesInOpenssl(KeySpec spec, String algorithm, String options)
      throws Exception {
    assumeTrue(run("openssl version") == 0, "SKIPPED: no OpenSSL on the path");
    String key = key(spec);
    String pem =
        kms.publicKeys.get(kms.caller, new PublicKeys.Request(key, Optional.empty())).publicKey();
    Path publicKey = Files.writeString(folder.resolve("public.pem"), pem);
    Path message = Files.write(folder.resolve("message"), MESSAGE);
    Path signature = Files.write(folder.resolve("signature"), sign(key, MESSAGE, algorithm, "RAW"));

    String command =
        "openssl pkeyutl -verify -rawin -pubin -inkey %s -in %s -sigfile %s %s"
            .formatted(publicKey, message, signature, options);
    assertThat(run(command)).isZero();
    Files.writeString(message, "another");
    assertThat(run(command)).isNotZero();
  }

  private static int run(String command) throws IOException, InterruptedException {
    return new ProcessBuilder(command.strip().split("\\s+"))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
  }

  @Test
  void publicKeyIsPemWithCrlf() {
    String pem =
        kms.publicKeys
            .get(kms.caller, new PublicKeys.Request(key(KeySpec.EC_P256), Optional.empty()))
            .publicKey();
    assertThat(pem)
        .matches(
            "-----BEGIN PUBLIC KEY-----\r\n([A-Za-z0-9+/=]{1,64}\r\n)+-----END PUBLIC"
                + " KEY-----\r\n");
    refused(KmsError.SYMMETRIC_KEY_UNSUPPORTED, () -> kms.publicKey(kms.key(KeySpec.AES_256)));
    refused(KmsError.HMAC_KEY_UNSUPPORTED, () -> kms.publicKey(kms.key(KeySpec.HMAC_256)));
    assertThat(kms.publicKey(kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT))).hasSize(91);
  }

  @ParameterizedTest
  @CsvSource({
    "RSASSA_PSS_SHA_256, 31",
    "RSASSA_PSS_SHA_384, 32",
    "RSASSA_PKCS1_V1_5_SHA_512, 48",
    "ECDSA_SHA_256, 20",
    "SM2DSA_SM3, 33"
  })
  void digestOfAnotherLengthIsRefused(String algorithm, int length) {
    String key = key(KeySpec.EC_P256);
    refused(
        KmsError.DIGEST_LENGTH_MISMATCH, () -> sign(key, new byte[length], algorithm, "DIGEST"));
    refused(KmsError.DIGEST_LENGTH_MISMATCH, () -> sign(key, new byte[length], algorithm, ""));
    refused(
        KmsError.DIGEST_LENGTH_MISMATCH,
        () -> verify(key, new byte[length], new byte[64], algorithm, "DIGEST"));
  }

  @ParameterizedTest
  @CsvSource({
    "EC_P256, RSASSA_PSS_SHA_256",
    "EC_P256, ECDSA_SHA_384",
    "EC_P384, ECDSA_SHA_256",
    "SECP256K1, SM2DSA_SM3",
    "SM2, ECDSA_SHA_256",
    "RSA_2048, ECDSA_SHA_256",
    "ED25519, ML_DSA_44"
  })
  void algorithmMustFitTheKey(KeySpec spec, String algorithm) {
    refused(KmsError.SIGNING_ALGORITHM_MISMATCH, () -> sign(key(spec), MESSAGE, algorithm, "RAW"));
    refused(
        KmsError.SIGNING_ALGORITHM_MISMATCH,
        () -> verify(key(spec), MESSAGE, new byte[64], algorithm, "RAW"));
  }

  @Test
  void keyOfAnotherKindOrStateIsRefused() {
    refused(
        KmsError.SYMMETRIC_KEY_CANNOT_SIGN,
        () -> sign(kms.key(KeySpec.AES_256), MESSAGE, "ECDSA_SHA_256", "RAW"));
    refused(
        KmsError.HMAC_KEY_UNSUPPORTED,
        () -> sign(kms.key(KeySpec.HMAC_256), MESSAGE, "ECDSA_SHA_256", "RAW"));
    String encrypting = kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT);
    refused(KmsError.KEY_IS_FOR_ENCRYPTION, () -> sign(encrypting, MESSAGE, "SM2DSA_SM3", "RAW"));
    String disabled = kms.key(KeySpec.EC_P256);
    kms.change(disabled, Cmk::disabled);
    refused(KmsError.KEY_DISABLED, () -> sign(disabled, MESSAGE, "ECDSA_SHA_256", "RAW"));
    refused(
        KmsError.KEY_DISABLED,
        () -> verify(disabled, MESSAGE, new byte[64], "ECDSA_SHA_256", "RAW"));
    refused(KmsError.KEY_DISABLED, () -> kms.publicKey(disabled));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "ecdsa_sha_256", "SHA256withECDSA"})
  void unknownAlgorithmIsRefused(String algorithm) {
    refused(
        KmsError.INVALID_PARAMETER, () -> sign(key(KeySpec.EC_P256), MESSAGE, algorithm, "RAW"));
  }

  @Test
  void messageTypeAndEncodingsAreChecked() {
    String key = key(KeySpec.EC_P256);
    refused(KmsError.INVALID_PARAMETER, () -> sign(key, MESSAGE, "ECDSA_SHA_256", "raw"));
    for (SecretText bad :
        List.of(secret(""), secret("a"), secret("%%%%"), TestKms.base64(new byte[4097]))) {
      refused(KmsError.INVALID_PARAMETER, () -> sign(key, bad, "ECDSA_SHA_256", "RAW"));
    }
    for (String bad : List.of("", "a", "%%%%", "A".repeat(8196))) {
      refused(KmsError.INVALID_PARAMETER, () -> verify(key, MESSAGE, bad, "ECDSA_SHA_256", "RAW"));
    }
    assertThat(sign(key, new byte[4096], "ECDSA_SHA_256", "RAW")).isNotEmpty();
  }

  @Test
  void signingLeavesTheEventLoop() {
    String key = key(KeySpec.EC_P256);
    byte[] signature = sign(key, MESSAGE, "ECDSA_SHA_256", "RAW");
    assertThatThrownBy(() -> Blocking.forbidden(() -> sign(key, MESSAGE, "ECDSA_SHA_256", "RAW")))
        .isInstanceOf(Blocking.WouldBlock.class);
    assertThatThrownBy(
            () -> Blocking.forbidden(() -> verify(key, MESSAGE, signature, "ECDSA_SHA_256", "RAW")))
        .isInstanceOf(Blocking.WouldBlock.class);
  }
}
