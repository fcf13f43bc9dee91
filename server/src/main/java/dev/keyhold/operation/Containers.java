package dev.keyhold.operation;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Candidate;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.EnvelopeCipher;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Opens the containers of symmetric keys. Whatever is wrong with one, the answer is one,
/// `KMS.2201` without a detail, after about the same work.
final class Containers {
  // What a container is tried against when it names no key that could refuse it.
  private static final AeadKey NO_KEY =
      AeadKey.of(
          AeadSuite.XAES_256_GCM, new KeyMaterial(Random.bytes(AeadSuite.XAES_256_GCM.keyBytes())));

  private static final List<Purpose> WRAPPED_KEYS =
      List.of(
          Purpose.DATAKEY, Purpose.PRIVATE_KEY, Purpose.SM2_PRIVATE_KEY, Purpose.RSA_PRIVATE_KEY);

  private final Authorizer authorizer;
  private final KeyAccess access;

  Containers(Authorizer authorizer, KeyAccess access) {
    this.authorizer = authorizer;
    this.access = access;
  }

  /// The content of a container, to be put into none of another purpose.
  record Content(Purpose purpose, KeyMaterial plaintext) implements AutoCloseable {
    @Override
    public void close() {
      plaintext.close();
    }
  }

  /// The key that a container names, for calls which need no `key_id`. Anybody can write any id
  /// into a container, so one that is not there, or is of another kind, makes it a bad container
  /// and no more; only what the state of a symmetric key or of its keystore forbids is told, of one
  /// of this project or granted.
  ///
  /// @throws Rejected `KMS.2201`, `KMS.0306`, `KMS.0209`, `KMS.0210`, `KMS.1301`, `KMS.0316`,
  ///   `KMS.0317`, `KMS.0340`
  OpenKey openKey(
      Caller caller,
      Action action,
      GrantOperation operation,
      Candidate candidate,
      CallerContext context) {
    if (!candidate.isFrame()) {
      throw refusal(candidate, context);
    }
    KeyId id = candidate.envelope().keyId();
    authorizer.require(caller, action, id);
    try {
      return access.open(caller, id, Use.WRAP, operation);
    } catch (Rejected refused) {
      // A key that can't be used is refused before it is asked what it is for.
      boolean told = isOfState(refused) && isSymmetric(caller, id, operation);
      throw told ? refused : refusal(candidate, context);
    }
  }

  private boolean isSymmetric(Caller caller, KeyId id, GrantOperation operation) {
    return access
        .find(caller, id, operation)
        .filter(key -> key.spec().family() == KeySpec.Family.SYMMETRIC)
        .isPresent();
  }

  private static boolean isOfState(Rejected refused) {
    return switch (refused.error()) {
      case KmsError.KEY_DISABLED,
          KmsError.KEY_PENDING_DELETION,
          KmsError.KEY_NOT_ENABLED,
          KmsError.KEYSTORE_NOT_FOUND,
          KmsError.KEYSTORE_NOT_ENABLED,
          KmsError.KEYSTORE_UNSUPPORTED ->
          true;
      default -> false;
    };
  }

  private static Rejected refusal(Candidate candidate, CallerContext context) {
    var _ = EnvelopeCipher.decrypt(NO_KEY, candidate.refused(), Purpose.DATA, context);
    return KmsError.INVALID_CIPHERTEXT.rejected();
  }

  /// @param key the one that the caller named, or that [#openKey] found
  /// @return empty when it is not a container of this key, purpose and context
  static Optional<Content> open(
      OpenKey key, Candidate candidate, Purpose purpose, CallerContext context) {
    return attempt(key, candidate, context).apply(purpose);
  }

  /// A data key or a private key: all come in hexadecimal, and nothing else tells them apart.
  ///
  /// @return empty when it is none, as with [#open]
  static Optional<Content> openWrappedKey(OpenKey key, Candidate candidate, CallerContext context) {
    return firstOfWrappedKeys(attempt(key, candidate, context));
  }

  private static Function<Purpose, Optional<Content>> attempt(
      OpenKey key, Candidate candidate, CallerContext context) {
    Envelope envelope = candidate.envelope();
    Optional<AeadKey> named = key.aead(envelope.version());
    boolean isOurs = envelope.keyId().equals(key.cmk().id()) && named.isPresent();
    Candidate tried = isOurs ? candidate : candidate.refused();
    AeadKey material = named.orElseGet(key::currentAead);
    return purpose ->
        EnvelopeCipher.decrypt(material, tried, purpose, context)
            .map(plaintext -> new Content(purpose, plaintext));
  }

  /// The answer for the first purpose of a wrapped key that has one.
  static Optional<Content> firstOfWrappedKeys(Function<Purpose, Optional<Content>> open) {
    for (Purpose purpose : WRAPPED_KEYS) {
      Optional<Content> content = open.apply(purpose);
      if (content.isPresent()) {
        return content;
      }
    }
    return Optional.empty();
  }

  /// Under the current version of a symmetric key.
  ///
  /// @param plaintext 1 to 4096 bytes
  static byte[] seal(OpenKey key, Purpose purpose, CallerContext context, byte[] plaintext) {
    return EnvelopeCipher.encrypt(
        key.currentAead(),
        key.cmk().id(),
        key.currentVersion(),
        purpose,
        context,
        plaintext,
        0,
        plaintext.length);
  }
}
