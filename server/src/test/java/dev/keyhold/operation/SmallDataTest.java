package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.refused;
import static dev.keyhold.operation.TestKms.secret;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.ProjectId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SmallDataTest {
  private static final String OAEP = "RSAES_OAEP_SHA_256";
  private static final OAEPParameterSpec OAEP_SHA_256 =
      new OAEPParameterSpec(
          "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

  @TempDir static Path folder;
  private static TestKms kms;
  private static String aes = "";
  private static String rsa = "";
  private static String sm2 = "";

  @BeforeAll
  static void open() {
    kms = new TestKms(folder);
    aes = kms.key(KeySpec.AES_256);
    rsa = kms.key(KeySpec.RSA_2048, KeyUsage.ENCRYPT_DECRYPT);
    sm2 = kms.key(KeySpec.SM2, KeyUsage.ENCRYPT_DECRYPT);
  }

  @AfterAll
  static void close() {
    kms.close();
  }

  private static SmallData.EncryptRequest encryption(
      String key, String text, String algorithm, String aad) {
    return new SmallData.EncryptRequest(
        key,
        secret(text),
        Optional.of(algorithm),
        Optional.of(aad),
        Optional.empty(),
        Optional.empty());
  }

  private static String encrypt(String key, String text, String algorithm, String aad) {
    var answer = kms.smallData.encrypt(kms.caller, encryption(key, text, algorithm, aad));
    assertThat(answer.keyId()).isEqualTo(key);
    return TestKms.text(answer.cipherText());
  }

  private static String encrypt(String key, String text) {
    return encrypt(key, text, "", "");
  }

  private static SmallData.DecryptResponse decrypt(
      String cipherText, String key, String algorithm, String aad) {
    return decrypt(kms.caller, cipherText, key, algorithm, aad);
  }

  private static SmallData.DecryptResponse decrypt(
      Caller caller, String cipherText, String key, String algorithm, String aad) {
    return kms.smallData.decrypt(
        caller,
        new SmallData.DecryptRequest(
            cipherText,
            Optional.of(key),
            Optional.of(algorithm),
            Optional.of(aad),
            Optional.empty(),
            Optional.empty()));
  }

  private static SmallData.DecryptResponse decrypt(String cipherText) {
    return decrypt(cipherText, "", "", "");
  }

  private static String text(SmallData.DecryptResponse answer) {
    return answer.plainText().lend(String::new);
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private static byte[] bytes(String base64) {
    return Base64.getDecoder().decode(base64);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "hello 世界 😀", "line\r\nand\tline\u0000"})
  void textComesBackUnderEveryKindOfKey(String text) {
    for (String symmetric : List.of(aes, kms.key(KeySpec.SM4))) {
      var back = decrypt(encrypt(symmetric, text, "SYMMETRIC_DEFAULT", "aad"), "", "", "aad");
      assertThat(back.keyId()).isEqualTo(symmetric);
      assertThat(text(back)).isEqualTo(text);
      assertThat(back.plainTextBase64().lent()).isEqualTo(TestKms.utf8(text));
    }
    for (var pair : Map.of(rsa, OAEP, sm2, "SM2_ENCRYPT").entrySet()) {
      String key = pair.getKey();
      var back = decrypt(encrypt(key, text, pair.getValue(), ""), key, pair.getValue(), "");
      assertThat(back.keyId()).isEqualTo(key);
      assertThat(text(back)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 140", "16, 140", "17, 156", "4096, 4220"})
  void symmetricCiphertextIsAContainerThatNamesItsKey(int length, int containerBytes) {
    byte[] container = bytes(encrypt(aes, "x".repeat(length)));
    assertThat(container).hasSize(containerBytes).startsWith(2, 0);
    int id = containerBytes - 72;
    assertThat(new String(container, id, 36, StandardCharsets.US_ASCII)).isEqualTo(aes);
  }

  @Test
  void plainTextHas1To4096BytesOfUnicode() {
    assertThat(text(decrypt(encrypt(aes, "é".repeat(2048))))).hasSize(2048);
    for (String bad :
        List.of("", "x".repeat(4097), "é".repeat(2049), "世".repeat(1366), "a\ud800")) {
      refused(KmsError.INVALID_PLAIN_TEXT, () -> encrypt(aes, bad));
    }
  }

  @Test
  void rsaTakesWhatItsModulusHolds() {
    assertThat(text(decrypt(encrypt(rsa, "x".repeat(190), OAEP, ""), rsa, OAEP, ""))).hasSize(190);
    refused(KmsError.PLAINTEXT_TOO_LONG_FOR_RSA, () -> encrypt(rsa, "x".repeat(191), OAEP, ""));
    String longest = encrypt(sm2, "x".repeat(4096), "SM2_ENCRYPT", "");
    assertThat(longest.length()).isLessThan(SmallData.MOST_CIPHERTEXT_CHARS);
    assertThat(text(decrypt(longest, sm2, "SM2_ENCRYPT", ""))).hasSize(4096);
    assertThat(encrypt(sm2, "x", "SM2_ENCRYPT", "").length())
        .isGreaterThanOrEqualTo(SmallData.LEAST_CIPHERTEXT_CHARS);
  }

  @Test
  void algorithmMustFitTheKey() {
    refused(KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY, () -> encrypt(aes, "x", OAEP, ""));
    refused(KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY, () -> encrypt(aes, "x", "SM2_ENCRYPT", ""));
    refused(KmsError.ALGORITHM_NOT_FOR_RSA_KEY, () -> encrypt(rsa, "x"));
    refused(KmsError.ALGORITHM_NOT_FOR_RSA_KEY, () -> encrypt(rsa, "x", "SM2_ENCRYPT", ""));
    refused(KmsError.ALGORITHM_NOT_FOR_RSA_KEY, () -> encrypt(sm2, "x", OAEP, ""));
    for (String unknown : List.of("RSAES_OAEP_SHA_1", "RSAES_PKCS1_V1_5", "x")) {
      refused(KmsError.INVALID_PARAMETER, () -> encrypt(rsa, "x", unknown, ""));
    }
    String container = encrypt(aes, "x");
    refused(KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY, () -> decrypt(container, aes, OAEP, ""));
    refused(KmsError.ALGORITHM_NOT_FOR_RSA_KEY, () -> decrypt(container, rsa, "", ""));
    refused(KmsError.MISSING_MEMBER, () -> decrypt(container, "", OAEP, ""));
  }

  @Test
  void bareCiphertextTakesNoContext() {
    refused(KmsError.INVALID_PARAMETER, () -> encrypt(rsa, "x", OAEP, "aad"));
    String ciphertext = encrypt(rsa, "x", OAEP, "");
    refused(KmsError.INVALID_PARAMETER, () -> decrypt(ciphertext, rsa, OAEP, "aad"));
  }

  @Test
  void keyOfAnotherKindIsRefused() {
    refused(KmsError.EC_KEY_CANNOT_ENCRYPT, () -> encrypt(kms.key(KeySpec.EC_P256), "x"));
    refused(KmsError.KEY_IS_FOR_SIGNING, () -> encrypt(kms.key(KeySpec.SM2), "x"));
    refused(KmsError.HMAC_KEY_UNSUPPORTED, () -> encrypt(kms.key(KeySpec.HMAC_256), "x"));
    refused(KmsError.KEY_NOT_FOUND, () -> encrypt(KeyId.random().text(), "x"));
    refused(KmsError.INVALID_KEY_ID, () -> encrypt("x", "x"));
  }

  @Test
  void statesOfTheKeyRefuse() {
    String disabled = kms.key(KeySpec.AES_256);
    String pending = kms.key(KeySpec.AES_256);
    String one = encrypt(disabled, "x");
    String other = encrypt(pending, "x");
    kms.change(disabled, Cmk::disabled);
    kms.change(pending, cmk -> cmk.deletionScheduled(Instant.EPOCH, Duration.ofDays(7)));

    refused(KmsError.KEY_DISABLED, () -> encrypt(disabled, "x"));
    refused(KmsError.KEY_DISABLED, () -> decrypt(one));
    refused(KmsError.KEY_DISABLED, () -> decrypt(one, disabled, "", ""));
    refused(KmsError.KEY_PENDING_DELETION, () -> encrypt(pending, "x"));
    refused(KmsError.KEY_PENDING_DELETION, () -> decrypt(other));
  }

  /// Anybody can write any id into a container.
  @Test
  void stateOfAKeyThatMakesNoContainersIsNotTold() {
    byte[] container = bytes(encrypt(aes, "x"));
    for (KeySpec spec : List.of(KeySpec.RSA_2048, KeySpec.EC_P256, KeySpec.SM2, KeySpec.HMAC_256)) {
      String key = kms.key(spec);
      String renamed = base64(renamed(container, key));
      refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(renamed));
      kms.change(key, Cmk::disabled);
      refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(renamed));
      kms.change(key, cmk -> cmk.deletionScheduled(Instant.EPOCH, Duration.ofDays(7)));
      refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(renamed));
    }
  }

  @Test
  void ciphertextIsBase64Of128To5648Characters() {
    String good = encrypt(aes, "x");
    for (String bad :
        List.of(
            "",
            "A".repeat(127),
            "A".repeat(5649),
            good.substring(1),
            good + "=",
            good.replace('A', ' '),
            "\n" + good,
            good.replaceFirst("A", "%"))) {
      refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(bad));
    }
  }

  /// Whoever holds a container learns nothing from altering it, its key id included.
  @Test
  void everyAlterationIsRefusedAlike() {
    String otherKey = kms.key(KeySpec.AES_256);
    byte[] container = bytes(encrypt(aes, "secret"));
    var altered = new ArrayList<byte[]>();
    for (int at = 0; at < container.length; at++) {
      byte[] copy = container.clone();
      copy[at] ^= 1;
      altered.add(copy);
      if (at < container.length - 32) {
        altered.add(withChecksum(copy));
      }
    }
    altered.add(Arrays.copyOf(container, 124));
    altered.add(Arrays.copyOf(container, 139));
    altered.add(Arrays.copyOf(container, 156));
    for (String id : List.of(otherKey, rsa, sm2, KeyId.random().text())) {
      altered.add(renamed(container, id));
    }
    var answers = new HashSet<String>();
    for (byte[] each : altered) {
      assertThatThrownBy(() -> decrypt(base64(each)))
          .satisfies(refusal -> answers.add(refusal.getMessage()));
    }
    String whole = base64(container);
    var stranger = TestKms.callerIn(ProjectId.random());
    assertThatThrownBy(() -> decrypt(stranger, whole, "", "", ""))
        .satisfies(refusal -> answers.add(refusal.getMessage()));
    assertThatThrownBy(() -> decrypt(whole, otherKey, "", ""))
        .satisfies(refusal -> answers.add(refusal.getMessage()));
    assertThatThrownBy(() -> decrypt(whole, "", "", "other aad"))
        .satisfies(refusal -> answers.add(refusal.getMessage()));

    assertThat(answers).containsExactly(KmsError.INVALID_CIPHERTEXT.meaning());
    assertThat(text(decrypt(whole))).isEqualTo("secret");
  }

  @Test
  void alteredBareCiphertextIsRefusedAlike() {
    for (var pair : Map.of(rsa, OAEP, sm2, "SM2_ENCRYPT").entrySet()) {
      byte[] ciphertext = bytes(encrypt(pair.getKey(), "secret", pair.getValue(), ""));
      for (int at = 0; at < ciphertext.length; at += 7) {
        byte[] copy = ciphertext.clone();
        copy[at] ^= 1;
        refused(
            KmsError.INVALID_CIPHERTEXT,
            () -> decrypt(base64(copy), pair.getKey(), pair.getValue(), ""));
      }
      refused(
          KmsError.INVALID_CIPHERTEXT,
          () -> decrypt("A".repeat(344), pair.getKey(), pair.getValue(), ""));
    }
  }

  @Test
  void datakeyIsNoDataAndDataNoDatakey() {
    var created =
        kms.dataKeys.createWithoutPlaintext(
            kms.caller,
            new DataKeys.CreateRequest(
                aes,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
    refused(KmsError.INVALID_CIPHERTEXT, () -> decrypt(base64(created.cipherText().lent())));
    String data = Hex.upperText(bytes(encrypt(aes, "x")));
    refused(
        KmsError.INVALID_CIPHERTEXT,
        () ->
            kms.dataKeys.decrypt(
                kms.caller,
                new DataKeys.DecryptRequest(
                    aes,
                    data,
                    new WireNumber("1"),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty())));
  }

  /// The JDK encrypts to the public key we tell, and what is no text comes back whole.
  @Test
  void jdkEncryptsForUsWhatIsNoText() throws Exception {
    byte[] noText = {(byte) 0xff, 0, 'a', (byte) 0xe4, (byte) 0xb8};
    var publicKey =
        KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(kms.publicKey(rsa)));
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    cipher.init(Cipher.ENCRYPT_MODE, publicKey, OAEP_SHA_256);

    var back = decrypt(base64(cipher.doFinal(noText)), rsa, OAEP, "");

    assertThat(back.plainTextBase64().lent()).isEqualTo(noText);
    assertThat(text(back)).isEqualTo("\ufffd\u0000a\ufffd");
  }

  @ParameterizedTest
  @EnumSource(names = {"AES_256", "SM4"})
  void symmetricKeyInTheKeyringNeedsNoWaiting(KeySpec spec) {
    String key = kms.key(spec);
    String ciphertext = encrypt(key, "x");
    assertThatCode(() -> Blocking.forbidden(() -> encrypt(key, "x"))).doesNotThrowAnyException();
    assertThatCode(() -> Blocking.forbidden(() -> decrypt(ciphertext))).doesNotThrowAnyException();
  }

  @Test
  void keyPairLeavesTheEventLoop() {
    String ciphertext = encrypt(rsa, "x", OAEP, "");
    assertThatThrownBy(() -> Blocking.forbidden(() -> encrypt(rsa, "x", OAEP, "")))
        .isInstanceOf(Blocking.WouldBlock.class);
    assertThatThrownBy(() -> Blocking.forbidden(() -> decrypt(ciphertext, rsa, OAEP, "")))
        .isInstanceOf(Blocking.WouldBlock.class);
  }

  private static byte[] renamed(byte[] container, String id) {
    byte[] copy = container.clone();
    System.arraycopy(TestKms.utf8(id), 0, copy, container.length - 72, 36);
    return withChecksum(copy);
  }

  private static byte[] withChecksum(byte[] container) {
    byte[] copy = container.clone();
    Digest.SHA_256.digest(copy, 0, copy.length - 32, copy, copy.length - 32);
    return copy;
  }
}
