package dev.keyhold.operation;

import dev.keyhold.crypto.Hex;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Candidate;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import dev.keyhold.operation.Containers.Content;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Moves a ciphertext to another key, version or context without telling the plaintext: re-encrypt.
/// Source: DEW API Reference, "Re-encrypting Data".
///
/// A ciphertext stays what it is: hex is the container of a data key or of a private key, and comes
/// back as such; Base64 is data.
public final class ReEncryption {
  private static final int MOST_DATAKEY_BYTES = 1024;
  private static final Set<EncryptionAlgorithm> ALGORITHMS =
      EnumSet.allOf(EncryptionAlgorithm.class);

  /// @param cipherText what encrypt-datakey and its kin gave (hex), or encrypt-data (Base64)
  /// @param sourceKeyId required for a key pair; otherwise the ciphertext names its key, and must
  ///   name this one if it is given
  /// @param datakeyCipherLength 1 to 1024, checked and not used: the length is in the container
  public record Request(
      String destinationKeyId,
      String cipherText,
      Optional<String> sourceKeyId,
      Optional<String> sourceAdditionalAuthenticatedData,
      Optional<String> sourceEncryptionAlgorithm,
      Optional<String> destinationAdditionalAuthenticatedData,
      Optional<String> destinationEncryptionAlgorithm,
      Optional<WireNumber> datakeyCipherLength,
      Optional<String> sequence) {
    public Request {
      Require.member("destination_key_id", destinationKeyId);
      Require.member("cipher_text", cipherText);
    }
  }

  /// @param keyId of the destination
  public record Response(
      String keyId,
      String sourceKeyId,
      String sourceEncryptionAlgorithm,
      String destinationEncryptionAlgorithm,
      String cipherText) {}

  /// What a ciphertext is, which its spelling tells, and what moving it takes. Who may decrypt
  /// under the one key and encrypt under the other, by grants too, learns nothing new by it.
  private enum Kind {
    DATA(
        Use.ENCRYPT_DATA,
        Action.DECRYPT_DATA,
        Action.ENCRYPT_DATA,
        GrantOperation.DECRYPT_DATA,
        GrantOperation.ENCRYPT_DATA),
    WRAPPED_KEY(
        Use.WRAP,
        Action.CRYPTO_DATAKEY,
        Action.CRYPTO_DATAKEY,
        GrantOperation.DECRYPT_DATAKEY,
        GrantOperation.ENCRYPT_DATAKEY);

    private final Use use;
    private final Action decrypting;
    private final Action encrypting;
    private final GrantOperation decryption;
    private final GrantOperation encryption;

    Kind(
        Use use,
        Action decrypting,
        Action encrypting,
        GrantOperation decryption,
        GrantOperation encryption) {
      this.use = use;
      this.decrypting = decrypting;
      this.encrypting = encrypting;
      this.decryption = decryption;
      this.encryption = encryption;
    }
  }

  /// What there is to know of one side without its key.
  private record Side(EncryptionAlgorithm algorithm, CallerContext context) {
    static Side of(String name, Optional<String> algorithm, Optional<String> aad) {
      var side =
          new Side(
              EncryptionAlgorithm.parse(algorithm, name + "_encryption_algorithm", ALGORITHMS),
              Wire.context(aad, Optional.empty()));
      side.algorithm.requireCarries(side.context);
      return side;
    }
  }

  private final KeyReferences references;
  private final KeyAccess access;
  private final Containers containers;

  public ReEncryption(Authorizer authorizer, KeyReferences references, KeyAccess access) {
    this.references = references;
    this.access = access;
    this.containers = new Containers(authorizer, access);
  }

  public Response reEncrypt(Caller caller, Request request) {
    EncryptionAlgorithm.requireKey(
        request.sourceKeyId(), "source_key_id", request.sourceEncryptionAlgorithm(), ALGORITHMS);
    Optional<KeyReference> sourceReference =
        Wire.given(request.sourceKeyId()).map(KeyReference::parse);
    KeyReference destinationReference = KeyReference.parse(request.destinationKeyId());
    Wire.checkSequence(request.sequence());
    Side source =
        Side.of(
            "source",
            request.sourceEncryptionAlgorithm(),
            request.sourceAdditionalAuthenticatedData());
    Side destination =
        Side.of(
            "destination",
            request.destinationEncryptionAlgorithm(),
            request.destinationAdditionalAuthenticatedData());
    checkLength(request.datakeyCipherLength());

    // Base64 of a container begins with "Ag", which is no hex.
    Optional<byte[]> wrappedKey =
        source.algorithm().isSymmetric() ? Hex.decode(request.cipherText()) : Optional.empty();
    if (wrappedKey.isPresent() && !destination.algorithm().isSymmetric()) {
      throw KmsError.ALGORITHM_NOT_FOR_SYMMETRIC_KEY.rejected(
          "A data key stays one, and is wrapped by symmetric keys only.");
    }
    Kind kind = wrappedKey.isPresent() ? Kind.WRAPPED_KEY : Kind.DATA;
    byte[] ciphertext = wrappedKey.orElseGet(() -> data(request.cipherText()));
    var candidate = Candidate.of(ciphertext);

    KeyId destinationId = references.permitted(caller, kind.encrypting, destinationReference);
    Optional<KeyId> sourceId =
        sourceReference.map(it -> references.permitted(caller, kind.decrypting, it));

    try (OpenKey from =
            sourceId.isPresent()
                ? access.open(caller, sourceId.get(), kind.use, kind.decryption)
                : containers.openKey(
                    caller, kind.decrypting, kind.decryption, candidate, source.context());
        OpenKey to = access.open(caller, destinationId, kind.use, kind.encryption);
        Content content =
            open(kind, from, source, candidate, ciphertext)
                .orElseThrow(KmsError.INVALID_CIPHERTEXT::rejected)) {
      return new Response(
          destinationId.text(),
          from.cmk().id().text(),
          source.algorithm().name(),
          destination.algorithm().name(),
          encrypt(to, destination, content));
    }
  }

  private static void checkLength(Optional<WireNumber> datakeyCipherLength) {
    Wire.givenNumber(datakeyCipherLength)
        .ifPresent(length ->
            Wire.number(
                length,
                "datakey_cipher_length",
                1,
                MOST_DATAKEY_BYTES,
                KmsError.INVALID_DATAKEY_CIPHER_LENGTH));
  }

  private static byte[] data(String cipherText) {
    return Base64Text.decode(cipherText)
        .orElseThrow(() ->
            KmsError.INVALID_CIPHERTEXT.rejected(
                "cipher_text must be the hexadecimal of a data key or the Base64 of data."));
  }

  private static Optional<Content> open(
      Kind kind, OpenKey key, Side source, Candidate candidate, byte[] ciphertext) {
    return switch (kind) {
      case DATA ->
          DataCipher.decrypt(key, source.algorithm(), source.context(), ciphertext, candidate)
              .map(plaintext -> new Content(Purpose.DATA, plaintext));
      case WRAPPED_KEY -> Containers.openWrappedKey(key, candidate, source.context());
    };
  }

  private static String encrypt(OpenKey key, Side destination, Content content) {
    return content
        .plaintext()
        .lend(plaintext ->
            switch (content.purpose()) {
              case DATAKEY, PRIVATE_KEY, SM2_PRIVATE_KEY, RSA_PRIVATE_KEY ->
                  Hex.upperText(
                      Containers.seal(key, content.purpose(), destination.context(), plaintext));
              case DATA -> {
                requireEncryptable(plaintext.length);
                yield Base64.getEncoder()
                    .encodeToString(
                        DataCipher.encrypt(
                            key, destination.algorithm(), destination.context(), plaintext));
              }
            });
  }

  /// What others encrypted under a public key may be empty, or longer than we take.
  private static void requireEncryptable(int plaintextBytes) {
    if (plaintextBytes < Envelope.LEAST_PLAINTEXT_BYTES
        || plaintextBytes > Envelope.MOST_PLAINTEXT_BYTES) {
      throw KmsError.INVALID_CIPHERTEXT.rejected("What it holds is not 1 to 4096 bytes.");
    }
  }
}
