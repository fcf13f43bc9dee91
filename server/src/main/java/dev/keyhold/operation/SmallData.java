package dev.keyhold.operation;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Candidate;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Small data: encrypt-data, decrypt-data. Source: DEW API Reference, "Small-Size Data Encryption
/// and Decryption". Where we differ: docs/compatibility.md.
///
/// With a symmetric key in the keyring nothing here waits, so these run on the event loop; with a
/// key pair they leave it.
public final class SmallData {
  static final int MOST_PLAINTEXT_BYTES = Envelope.MOST_PLAINTEXT_BYTES;
  static final int LEAST_CIPHERTEXT_CHARS = 128;
  static final int MOST_CIPHERTEXT_CHARS = 5648;

  private static final Set<EncryptionAlgorithm> ALGORITHMS =
      EnumSet.of(
          EncryptionAlgorithm.SYMMETRIC_DEFAULT,
          EncryptionAlgorithm.RSAES_OAEP_SHA_256,
          EncryptionAlgorithm.SM2_ENCRYPT);

  /// @param plainText text of 1 to 4096 bytes in UTF-8
  /// @param encryptionAlgorithm for a key pair, `RSAES_OAEP_SHA_256` or `SM2_ENCRYPT`
  /// @param additionalAuthenticatedData at most 128 bytes of UTF-8; authenticated, not stored
  /// @param encryptionContext instead of it, the older form
  public record EncryptRequest(
      String keyId,
      SecretText plainText,
      Optional<String> encryptionAlgorithm,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<String> sequence)
      implements AutoCloseable {
    public EncryptRequest {
      Require.member("key_id", keyId);
      Require.member("plain_text", plainText);
    }

    @Override
    public void close() {
      plainText.close();
    }
  }

  /// @param cipherText an [Envelope] for a symmetric key, the bare ciphertext for a key pair
  public record EncryptResponse(String keyId, Base64Text cipherText) {}

  /// @param cipherText Base64 of 128 to 5648 characters
  /// @param keyId for a key pair required; otherwise the ciphertext names its key, and must name
  ///   this one if it is given
  public record DecryptRequest(
      String cipherText,
      Optional<String> keyId,
      Optional<String> encryptionAlgorithm,
      Optional<String> additionalAuthenticatedData,
      Optional<WireContext> encryptionContext,
      Optional<String> sequence) {
    public DecryptRequest {
      Require.member("cipher_text", cipherText);
    }
  }

  /// @param plainText the data as UTF-8 text, with U+FFFD in place of what is none
  /// @param plainTextBase64 the data, whatever it is
  public record DecryptResponse(String keyId, SecretText plainText, Base64Text plainTextBase64)
      implements AutoCloseable {
    @Override
    public void close() {
      plainText.close();
      plainTextBase64.close();
    }
  }

  private final KeyReferences references;
  private final KeyAccess access;
  private final Containers containers;

  public SmallData(Authorizer authorizer, KeyReferences references, KeyAccess access) {
    this.references = references;
    this.access = access;
    this.containers = new Containers(authorizer, access);
  }

  public EncryptResponse encrypt(Caller caller, EncryptRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    var algorithm = algorithm(request.encryptionAlgorithm(), context);
    byte[] plaintext = plaintext(request.plainText());
    try {
      KeyId keyId = references.permitted(caller, Action.ENCRYPT_DATA, reference);
      try (OpenKey key =
          access.open(caller, keyId, Use.ENCRYPT_DATA, GrantOperation.ENCRYPT_DATA)) {
        byte[] ciphertext = DataCipher.encrypt(key, algorithm, context, plaintext);
        return new EncryptResponse(keyId.text(), new Base64Text(ciphertext));
      }
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }

  public DecryptResponse decrypt(Caller caller, DecryptRequest request) {
    EncryptionAlgorithm.requireKey(
        request.keyId(), "key_id", request.encryptionAlgorithm(), ALGORITHMS);
    Optional<KeyReference> reference = Wire.given(request.keyId()).map(KeyReference::parse);
    Wire.checkSequence(request.sequence());
    CallerContext context =
        Wire.context(request.additionalAuthenticatedData(), request.encryptionContext());
    var algorithm = algorithm(request.encryptionAlgorithm(), context);
    byte[] ciphertext = ciphertext(request.cipherText());
    var candidate = Candidate.of(ciphertext);

    try (OpenKey key =
            reference.isPresent()
                ? openNamed(caller, reference.get())
                : containers.openKey(
                    caller, Action.DECRYPT_DATA, GrantOperation.DECRYPT_DATA, candidate, context);
        KeyMaterial plaintext =
            DataCipher.decrypt(key, algorithm, context, ciphertext, candidate)
                .orElseThrow(KmsError.INVALID_CIPHERTEXT::rejected)) {
      return plaintext.lend(bytes ->
          new DecryptResponse(
              key.cmk().id().text(), Utf8.decode(bytes), new Base64Text(bytes.clone())));
    }
  }

  private OpenKey openNamed(Caller caller, KeyReference reference) {
    KeyId keyId = references.permitted(caller, Action.DECRYPT_DATA, reference);
    return access.open(caller, keyId, Use.ENCRYPT_DATA, GrantOperation.DECRYPT_DATA);
  }

  private static EncryptionAlgorithm algorithm(Optional<String> text, CallerContext context) {
    var algorithm = EncryptionAlgorithm.parse(text, "encryption_algorithm", ALGORITHMS);
    algorithm.requireCarries(context);
    return algorithm;
  }

  private static byte[] plaintext(SecretText text) {
    // No character has more than its own number of UTF-8 bytes, so this bounds the work.
    Optional<byte[]> utf8 =
        text.length() > MOST_PLAINTEXT_BYTES ? Optional.empty() : text.lend(Utf8::encode);
    byte[] bytes = utf8.orElseThrow(SmallData::invalidPlainText);
    if (bytes.length == 0 || bytes.length > MOST_PLAINTEXT_BYTES) {
      Arrays.fill(bytes, (byte) 0);
      throw invalidPlainText();
    }
    return bytes;
  }

  private static RuntimeException invalidPlainText() {
    return KmsError.INVALID_PLAIN_TEXT.rejected(
        "plain_text must be Unicode text of 1 to 4096 bytes in UTF-8.");
  }

  private static byte[] ciphertext(String text) {
    Optional<byte[]> decoded =
        text.length() < LEAST_CIPHERTEXT_CHARS || text.length() > MOST_CIPHERTEXT_CHARS
            ? Optional.empty()
            : Base64Text.decode(text);
    return decoded.orElseThrow(() ->
        KmsError.INVALID_CIPHERTEXT.rejected(
            "cipher_text must be Base64 of 128 to 5648 characters."));
  }
}
