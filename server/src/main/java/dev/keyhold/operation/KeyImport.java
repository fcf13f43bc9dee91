package dev.keyhold.operation;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.keyring.ImportType;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.WrappingAlgorithm;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Pattern;

/// Brings a caller's own material into an external key: get-parameters-for-import,
/// import-key-material, delete-imported-key-material. Source: DEW API Reference, "Key Import
/// Management"; step by step: docs/import.md.
public final class KeyImport {
  private static final int LEAST_TOKEN_CHARS = 200;
  private static final int MOST_TOKEN_CHARS = 6144;

  /// The cloud's 344 to 360 fit one block of RSA-2048; SM2 has fewer, ML-KEM has more.
  private static final int MOST_MATERIAL_CHARS = 4096;

  /// The cloud's 6144 are too few for the ML_DSA_87 keys that OpenSSL writes: 6636.
  private static final int MOST_PRIVATE_KEY_CHARS = 8192;

  private static final String PKCS1 = "RSAES_PKCS1_V1_5";

  private static final Pattern EPOCH_SECONDS = Pattern.compile("[0-9]{1,15}");

  /// More is a time in milliseconds, or one that no calendar has.
  private static final long MOST_EPOCH_SECONDS = 253_402_300_799L;

  /// @param wrappingAlgorithm the name of a [WrappingAlgorithm]
  /// @param importType as in [ImportRequest]
  public record ParametersRequest(
      String keyId,
      String wrappingAlgorithm,
      Optional<String> importType,
      Optional<String> sequence) {
    public ParametersRequest {
      Require.member("key_id", keyId);
      Require.member("wrapping_algorithm", wrappingAlgorithm);
    }
  }

  /// @param importToken Base64, good for 24 hours, for this key
  /// @param expirationTime when the token expires, epoch seconds
  /// @param publicKey Base64 of SPKI DER
  public record ParametersResponse(
      String keyId, String importToken, long expirationTime, String publicKey) {}

  /// @param importToken of get-parameters-for-import
  /// @param encryptedKeyMaterial Base64 of the wrapped material, or of the wrapped temporary key of
  ///   16 or 32 bytes that wraps a private key
  /// @param encryptedPrivatekey Base64 of the private key (PKCS#8 DER) under that temporary key
  /// @param expirationTime when the material is to be deleted, epoch seconds; absent for never
  /// @param importType ours: `EXISTING_KEY_MATERIAL` (default) for the first material, or that
  ///   which the key has lost; `NEW_KEY_MATERIAL` for what a key in use rotates to by
  ///   rotate-on-demand
  public record ImportRequest(
      String keyId,
      String importToken,
      String encryptedKeyMaterial,
      Optional<String> encryptedPrivatekey,
      Optional<WireNumber> expirationTime,
      Optional<String> importType,
      Optional<String> sequence) {
    public ImportRequest {
      Require.member("key_id", keyId);
      Require.member("import_token", importToken);
      Require.member("encrypted_key_material", encryptedKeyMaterial);
    }
  }

  public record DeleteRequest(String keyId, Optional<String> sequence) {
    public DeleteRequest {
      Require.member("key_id", keyId);
    }
  }

  private final Authorizer authorizer;
  private final Imports imports;
  private final InstantSource clock;

  public KeyImport(Authorizer authorizer, Imports imports, InstantSource clock) {
    this.authorizer = authorizer;
    this.imports = imports;
    this.clock = clock;
  }

  public ParametersResponse parameters(Caller caller, ParametersRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    WrappingAlgorithm algorithm = algorithm(request.wrappingAlgorithm());
    ImportType type = type(request.importType());
    authorizer.require(caller, Action.GET_IMPORT_PARAMETERS, id);
    Imports.Parameters made = imports.parameters(caller.project(), id, type, algorithm);
    return new ParametersResponse(
        id.text(),
        base64(made.token()),
        made.expiresAt().getEpochSecond(),
        base64(made.publicKey()));
  }

  public Done importMaterial(Caller caller, ImportRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    ImportType type = type(request.importType());
    Optional<Instant> expiresAt = Wire.givenNumber(request.expirationTime()).map(this::expiration);
    Bytes token =
        decoded(
            request.importToken(),
            LEAST_TOKEN_CHARS,
            MOST_TOKEN_CHARS,
            KmsError.INVALID_IMPORT_TOKEN,
            "import_token");
    Bytes material =
        decoded(
            request.encryptedKeyMaterial(),
            1,
            MOST_MATERIAL_CHARS,
            KmsError.INVALID_PARAMETER,
            "encrypted_key_material");
    Optional<Bytes> privateKey =
        Wire.given(request.encryptedPrivatekey())
            .map(text ->
                decoded(
                    text,
                    1,
                    MOST_PRIVATE_KEY_CHARS,
                    KmsError.PRIVATE_KEY_INVALID,
                    "encrypted_privatekey"));

    authorizer.require(caller, Action.IMPORT_MATERIAL, id);

    imports.importMaterial(
        caller.project(), id, new Imports.Delivery(type, token, material, privateKey, expiresAt));
    return Done.DONE;
  }

  public Done deleteMaterial(Caller caller, DeleteRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    authorizer.require(caller, Action.DELETE_MATERIAL, id);
    imports.deleteMaterial(caller.project(), id);
    return Done.DONE;
  }

  private static ImportType type(Optional<String> name) {
    return Wire.given(name)
        .map(given ->
            ImportType.find(given)
                .orElseThrow(() ->
                    KmsError.INVALID_PARAMETER.rejected(
                        "import_type must be EXISTING_KEY_MATERIAL or NEW_KEY_MATERIAL.")))
        .orElse(ImportType.EXISTING);
  }

  private static WrappingAlgorithm algorithm(String name) {
    if (name.equals(PKCS1)) {
      // Its refusals tell an attacker about the plaintext (Bleichenbacher 1998), and no
      // implementation on a general runtime is known to hide their timing (the Marvin attack,
      // 2023).
      throw KmsError.INVALID_PARAMETER.rejected(
          "wrapping_algorithm RSAES_PKCS1_V1_5 is not secure and not supported: use"
              + " RSAES_OAEP_SHA_256.");
    }
    return WrappingAlgorithm.find(name)
        .orElseThrow(() ->
            KmsError.INVALID_PARAMETER.rejected(
                "wrapping_algorithm must be one of " + WrappingAlgorithm.names() + "."));
  }

  private Instant expiration(WireNumber number) {
    String text = number.text();
    long seconds = EPOCH_SECONDS.matcher(text).matches() ? Long.parseLong(text) : 0;
    if (seconds > MOST_EPOCH_SECONDS || !Instant.ofEpochSecond(seconds).isAfter(clock.instant())) {
      throw KmsError.INVALID_EXPIRATION.rejected("expiration_time is in seconds since 1970.");
    }
    return Instant.ofEpochSecond(seconds);
  }

  private static Bytes decoded(String text, int least, int most, ApiError error, String member) {
    if (text.length() >= least && text.length() <= most) {
      try {
        return Bytes.owning(Base64.getDecoder().decode(text));
      } catch (IllegalArgumentException _) {
        // the answer is the same as for a wrong length
      }
    }
    throw error.rejected(
        member + " must be Base64 of " + least + " to " + most + " characters, without line ends.");
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.lent());
  }
}
