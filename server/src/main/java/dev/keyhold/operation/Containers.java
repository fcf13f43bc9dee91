package dev.keyhold.operation;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.EnvelopeCipher;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Opens the containers of symmetric keys. Whatever is wrong with one, the answer is one,
/// `KMS.2201` without a detail, after about the same work.
final class Containers {
  // What a container is tried against when it names no key that could refuse it.
  private static final KeyId NO_ID = KeyId.random();
  private static final AeadKey NO_KEY =
      AeadKey.of(
          AeadSuite.XAES_256_GCM, new KeyMaterial(Random.bytes(AeadSuite.XAES_256_GCM.keyBytes())));

  private static final List<Purpose> WRAPPED_KEYS =
      List.of(
          Purpose.DATAKEY, Purpose.PRIVATE_KEY, Purpose.SM2_PRIVATE_KEY, Purpose.RSA_PRIVATE_KEY);

  private final Authorizer authorizer;
  private final Keyring keyring;

  Containers(Authorizer authorizer, Keyring keyring) {
    this.authorizer = authorizer;
    this.keyring = keyring;
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
  /// and no more; only what the state of a symmetric key of this project forbids is told.
  ///
  /// @param envelope what [Envelope#parse] made of `container`
  /// @throws Rejected `KMS.2201`, `KMS.0306`, `KMS.0209`, `KMS.0210`, `KMS.1301`
  OpenKey openKey(
      Caller caller,
      Action action,
      Optional<Envelope> envelope,
      byte[] container,
      CallerContext context) {
    if (envelope.isEmpty()) {
      throw refusal(container, context);
    }
    KeyId id = envelope.get().keyId();
    authorizer.require(caller, action, id);
    try {
      return keyring.open(caller.project(), id, Use.WRAP);
    } catch (Rejected refused) {
      throw isOfState(refused) ? refused : refusal(container, context);
    }
  }

  private static boolean isOfState(Rejected refused) {
    return switch (refused.error()) {
      case KmsError.KEY_DISABLED, KmsError.KEY_PENDING_DELETION, KmsError.KEY_NOT_ENABLED -> true;
      default -> false;
    };
  }

  private static Rejected refusal(byte[] container, CallerContext context) {
    EnvelopeCipher.refuse(NO_KEY, NO_ID, Purpose.DATA, context, container);
    return KmsError.INVALID_CIPHERTEXT.rejected();
  }

  /// @param key the one that the caller named, or that [#openKey] found
  /// @param envelope what [Envelope#parse] made of `container`
  /// @return empty when it is not a container of this key, purpose and context
  static Optional<Content> open(
      OpenKey key,
      Optional<Envelope> envelope,
      byte[] container,
      Purpose purpose,
      CallerContext context) {
    Optional<Envelope> ours = envelope.filter(parsed -> parsed.keyId().equals(key.cmk().id()));
    Optional<AeadKey> material = ours.flatMap(parsed -> key.aead(parsed.version()));
    if (ours.isEmpty() || material.isEmpty()) {
      EnvelopeCipher.refuse(key.currentAead(), key.cmk().id(), purpose, context, container);
      return Optional.empty();
    }
    return EnvelopeCipher.decrypt(material.get(), ours.get(), purpose, context)
        .map(plaintext -> new Content(purpose, plaintext));
  }

  /// A data key or a private key: all come in hexadecimal, and nothing else tells them apart.
  ///
  /// @return empty when it is none, as with [#open]
  static Optional<Content> openWrappedKey(
      OpenKey key, Optional<Envelope> envelope, byte[] container, CallerContext context) {
    return firstOfWrappedKeys(purpose -> open(key, envelope, container, purpose, context));
  }

  /// The answer for the first purpose of a wrapped key that has one.
  static Optional<Content> firstOfWrappedKeys(Function<Purpose, Optional<Content>> open) {
    return WRAPPED_KEYS.stream().flatMap(purpose -> open.apply(purpose).stream()).findFirst();
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
