package dev.keyhold.operation;

import static dev.keyhold.operation.TestKms.base64;
import static dev.keyhold.operation.TestKms.refused;
import static dev.keyhold.operation.TestKms.secret;
import static dev.keyhold.operation.TestKms.utf8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.operation.DataKeys.EncryptRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// Whoever may not do a thing to any key neither makes a default key by asking for it nor learns
/// which aliases there are.
class ReferencesTest {
  private static final Optional<String> NONE = Optional.empty();
  private static final String DEFAULT_KEY = "alias/obs/default";
  private static final String NO_SUCH_ALIAS = "alias/nobody";
  private static final KeyId PERMITTED = KeyId.random();
  private static final Refusing AUTHORIZER = new Refusing();

  @TempDir static Path folder;
  private static TestKms kms;

  /// Permits nothing, or everything with one key.
  private static final class Refusing extends Authorizer {
    private boolean everything;
    private final List<KeyId> asked = new ArrayList<>();

    @Override
    public void require(Caller caller, Action action) {
      if (everything) {
        throw KmsError.KEY_ACCESS_DENIED.rejected();
      }
    }

    @Override
    public void require(Caller caller, Action action, KeyId key) {
      if (key.equals(PERMITTED) && !everything) {
        return;
      }
      asked.add(key);
      throw KmsError.KEY_ACCESS_DENIED.rejected();
    }
  }

  /// An operation, given a reference to a key.
  record Use(String name, Consumer<String> call) {
    @Override
    public String toString() {
      return name;
    }
  }

  @SuppressWarnings("unused") // of the tests below
  private static final List<Use> USES =
      List.of(
          new Use("encrypt-datakey", key -> kms.dataKeys.encrypt(kms.caller, wrap(key))),
          new Use("decrypt-datakey", key -> kms.dataKeys.decrypt(kms.caller, unwrap(key))),
          new Use("create-datakey", key -> kms.dataKeys.create(kms.caller, datakey(key))),
          new Use(
              "create-datakey-without-plaintext",
              key -> kms.dataKeys.createWithoutPlaintext(kms.caller, datakey(key))),
          new Use(
              "create-ec-datakey-pair", key -> kms.datakeyPairs.createEc(kms.caller, pair(key))),
          new Use("encrypt-data", key -> kms.smallData.encrypt(kms.caller, encrypt(key))),
          new Use("decrypt-data", key -> kms.smallData.decrypt(kms.caller, decrypt(key))),
          new Use("re-encrypt to", key -> reEncrypt(NONE, key)),
          new Use("re-encrypt from", key -> reEncrypt(Optional.of(key), PERMITTED.text())),
          new Use("generate-mac", key -> kms.macs.generate(kms.caller, mac(key))),
          new Use("verify-mac", key -> kms.macs.verify(kms.caller, verifyMac(key))),
          new Use("sign", key -> kms.signatures.sign(kms.caller, sign(key))),
          new Use("verify", key -> kms.signatures.verify(kms.caller, verify(key))),
          new Use(
              "get-publickey",
              key -> kms.publicKeys.get(kms.caller, new PublicKeys.Request(key, NONE))),
          new Use("derive-shared-secret", key -> kms.keyAgreement.derive(kms.caller, agree(key))),
          new Use(
              "describe-key",
              key -> kms.queries.describe(kms.caller, new KeyQueries.DescribeRequest(key, NONE))));

  @BeforeAll
  static void open() {
    kms = new TestKms(folder, AUTHORIZER);
  }

  @AfterAll
  static void close() {
    kms.close();
  }

  @BeforeEach
  void forget() {
    AUTHORIZER.asked.clear();
  }

  @ParameterizedTest
  @FieldSource("USES")
  void nothingIsLookedUpForWhoMayNothing(Use use) {
    AUTHORIZER.everything = true;
    long before = kms.keys();
    for (String reference : List.of(DEFAULT_KEY, NO_SUCH_ALIAS)) {
      refused(KmsError.KEY_ACCESS_DENIED, () -> use.call().accept(reference));
    }
    assertThat(AUTHORIZER.asked).isEmpty();
    assertThat(kms.keys()).isEqualTo(before);
  }

  @ParameterizedTest
  @FieldSource("USES")
  void theKeyThatIsFoundIsAskedAboutToo(Use use) {
    AUTHORIZER.everything = false;
    refused(KmsError.KEY_ACCESS_DENIED, () -> use.call().accept(DEFAULT_KEY));
    assertThat(AUTHORIZER.asked).hasSize(1);
    refused(KmsError.KEY_NOT_FOUND, () -> use.call().accept(NO_SUCH_ALIAS));
  }

  /// What can be said of a request without its key comes first, so that no key is made for it.
  @Test
  void level4MembersAreRefusedBeforeTheKeyIsLookedFor() {
    AUTHORIZER.everything = false;
    long before = kms.keys();
    Optional<SecretText> pin = Optional.of(secret("12345678"));
    for (String key : List.of(DEFAULT_KEY, NO_SUCH_ALIAS)) {
      var datakey =
          new DataKeys.CreateRequest(
              key, NONE, Optional.empty(), NONE, Optional.empty(), pin, NONE, NONE);
      refused(KmsError.INVALID_PARAMETER, () -> kms.dataKeys.create(kms.caller, datakey));
      var wrapped =
          new DataKeys.DecryptRequest(
              key, "00", new WireNumber("32"), NONE, Optional.empty(), pin, NONE, NONE);
      refused(KmsError.INVALID_PARAMETER, () -> kms.dataKeys.decrypt(kms.caller, wrapped));
      EncryptRequest sound = wrap(key);
      var wrapping =
          new EncryptRequest(
              key,
              sound.plainText(),
              sound.datakeyPlainLength(),
              NONE,
              Optional.empty(),
              pin,
              NONE,
              NONE,
              NONE);
      refused(KmsError.INVALID_PARAMETER, () -> kms.dataKeys.encrypt(kms.caller, wrapping));
      var pair =
          new DatakeyPairs.Request(
              key,
              "ECC_NIST_P256",
              Optional.empty(),
              NONE,
              Optional.empty(),
              Optional.empty(),
              pin,
              NONE,
              NONE);
      refused(KmsError.INVALID_PARAMETER, () -> kms.datakeyPairs.createEc(kms.caller, pair));
    }
    assertThat(AUTHORIZER.asked).isEmpty();
    assertThat(kms.keys()).isEqualTo(before);
  }

  private static DataKeys.EncryptRequest wrap(String key) {
    byte[] datakey = new byte[16];
    String text =
        Stream.of(datakey, Digest.SHA_256.digest(datakey, 0, datakey.length))
            .map(Hex::upperText)
            .reduce("", String::concat);
    return new DataKeys.EncryptRequest(
        key,
        secret(text),
        new WireNumber("16"),
        NONE,
        Optional.empty(),
        Optional.empty(),
        NONE,
        NONE,
        NONE);
  }

  private static DataKeys.DecryptRequest unwrap(String key) {
    return new DataKeys.DecryptRequest(
        key, "00", new WireNumber("32"), NONE, Optional.empty(), Optional.empty(), NONE, NONE);
  }

  private static DataKeys.CreateRequest datakey(String key) {
    return new DataKeys.CreateRequest(
        key, NONE, Optional.empty(), NONE, Optional.empty(), Optional.empty(), NONE, NONE);
  }

  private static DatakeyPairs.Request pair(String key) {
    return new DatakeyPairs.Request(
        key,
        "ECC_NIST_P256",
        Optional.empty(),
        NONE,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        NONE,
        NONE);
  }

  private static SmallData.EncryptRequest encrypt(String key) {
    return new SmallData.EncryptRequest(key, secret("text"), NONE, NONE, Optional.empty(), NONE);
  }

  private static SmallData.DecryptRequest decrypt(String key) {
    return new SmallData.DecryptRequest(
        "AAAA".repeat(32), Optional.of(key), NONE, NONE, Optional.empty(), NONE);
  }

  private static void reEncrypt(Optional<String> from, String to) {
    kms.reEncryption.reEncrypt(
        kms.caller,
        new ReEncryption.Request(to, "00", from, NONE, NONE, NONE, NONE, Optional.empty(), NONE));
  }

  private static Macs.GenerateRequest mac(String key) {
    return new Macs.GenerateRequest(key, "HMAC_SHA_256", base64(utf8("message")));
  }

  private static Macs.VerifyRequest verifyMac(String key) {
    return new Macs.VerifyRequest(key, "HMAC_SHA_256", base64(utf8("message")), "00");
  }

  private static Signatures.SignRequest sign(String key) {
    return new Signatures.SignRequest(key, base64(new byte[32]), "ECDSA_SHA_256", NONE, NONE);
  }

  private static Signatures.VerifyRequest verify(String key) {
    return new Signatures.VerifyRequest(
        key, base64(new byte[32]), "AAAA", "ECDSA_SHA_256", NONE, NONE);
  }

  private static KeyAgreement.Request agree(String key) {
    return new KeyAgreement.Request(key, "ECDH", "AAAA", Optional.empty(), NONE);
  }
}
