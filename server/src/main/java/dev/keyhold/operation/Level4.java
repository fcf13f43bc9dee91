package dev.keyhold.operation;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.Argon2Threads;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Candidate;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.EnvelopeCipher;
import dev.keyhold.envelope.PinKey;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.operation.Containers.Content;
import dev.keyhold.seal.Keks;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.LongSupplier;

/// The level-4 scenario: data keys that open with a PIN only, and callers' own private keys under a
/// CMK. docs/level-4.md is the specification. Where it is off, its members are refused rather than
/// ignored: a caller that counts on them is told.
public final class Level4 {
  /// A private key in PKCS#8 is longer than a data key may be; this is what a container holds.
  private static final int MOST_PRIVATE_KEY_BYTES = Envelope.MOST_PLAINTEXT_BYTES;

  private static final String OFF =
      "pin, pin_type and key_spec are members of the level-4 scenario, which is off.";

  private final Optional<IssuedPins> issued;
  private final PinAttempts attempts;

  // One at once: each takes 19 MiB, beside those of passwords.
  private final Argon2Threads threads = new Argon2Threads("PIN hashing", 1);

  private Level4(Optional<IssuedPins> issued, LongSupplier nanoTime) {
    this.issued = issued;
    this.attempts = new PinAttempts(nanoTime);
  }

  public static Level4 off() {
    return new Level4(Optional.empty(), System::nanoTime);
  }

  /// @param nanoTime monotonic, as [System#nanoTime]
  public static Level4 on(Keks keks, LongSupplier nanoTime) {
    return new Level4(Optional.of(new IssuedPins(keks)), nanoTime);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` where the scenario is off
  IssuedPins requireOn() {
    return issued.orElseThrow(() -> KmsError.INVALID_PARAMETER.rejected(OFF));
  }

  /// The longest data key that decrypt-datakey may be told of, `datakeyBytes` where none is a
  /// private key.
  int mostWrappedBytes(int datakeyBytes) {
    return issued.isPresent() ? MOST_PRIVATE_KEY_BYTES : datakeyBytes;
  }

  /// The longest that encrypt-datakey wraps.
  static int mostWrappedBytes(Optional<PrivateKeyKind> kind, int datakeyBytes) {
    return kind.isPresent() ? MOST_PRIVATE_KEY_BYTES : datakeyBytes;
  }

  /// What `key_spec` says of the key to be wrapped. Checking that takes arithmetic for which the
  /// event loop has no time.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  Optional<PrivateKeyKind> privateKeyKind(Optional<String> keySpec) {
    Optional<String> kind = Wire.given(keySpec);
    if (kind.isEmpty()) {
      return Optional.empty();
    }
    requireOn();
    Blocking.ahead();
    return kind.map(PrivateKeyKind::parse);
  }

  /// Whether a request says anything of a PIN.
  static boolean isGiven(Optional<SecretText> pin, Optional<String> pinType) {
    return Wire.givenSecret(pin).isPresent() || Wire.given(pinType).isPresent();
  }

  /// What can be said of the PIN of a request before its key is looked for, and perhaps made.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  void checkPin(Optional<SecretText> pin, Optional<String> pinType) {
    if (isGiven(pin, pinType)) {
      var _ = requireOn();
      SecretText text = text(pin);
      if (PinType.parse(pinType) == PinType.PLAIN) {
        Pin.plain(text).close();
      }
    }
  }

  /// The PIN of a request. With one, hashing lies ahead, for which the event loop has no time.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  Pin pin(Caller caller, Optional<SecretText> pin, Optional<String> pinType) {
    if (!isGiven(pin, pinType)) {
      return Pin.NONE;
    }
    IssuedPins issuedPins = requireOn();
    PinType type = PinType.parse(pinType);
    SecretText text = text(pin);
    Blocking.ahead();
    return new Pin(
        Optional.of(
            switch (type) {
              case PLAIN -> Pin.plain(text);
              case CIPHER -> issuedPins.open(caller.project(), text);
            }));
  }

  private static SecretText text(Optional<SecretText> pin) {
    return Wire.givenSecret(pin)
        .orElseThrow(() -> KmsError.INVALID_PARAMETER.rejected("pin_type needs a pin."));
  }

  /// Encrypts under the current version of a symmetric key, and under the PIN if there is one.
  byte[] seal(
      OpenKey key,
      Purpose purpose,
      CallerContext context,
      Pin pin,
      byte[] plaintext,
      int offset,
      int length) {
    AeadKey material = key.currentAead();
    KeyId id = key.cmk().id();
    int version = key.currentVersion();
    if (pin.material().isEmpty()) {
      return EnvelopeCipher.encrypt(
          material, id, version, purpose, context, plaintext, offset, length);
    }
    KeyMaterial secret = pin.material().get();
    try (PinKey.Stretched stretched = stretched(() -> PinKey.stretch(secret));
        PinKey pinKey = PinKey.of(material, id, version, stretched)) {
      return EnvelopeCipher.encrypt(
          pinKey, id, version, purpose, context, plaintext, offset, length);
    }
  }

  private PinKey.Stretched stretched(Callable<PinKey.Stretched> work) {
    return threads.run(work, PinKey.Stretched::close);
  }

  /// Opens a wrapped key. A container with a PIN does not open without it, nor one without a PIN
  /// with any. Whatever is wrong with a container of this key counts as a wrong PIN.
  ///
  /// @return empty when it does not open
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2201` after too many wrong PINs
  Optional<Content> openWrappedKey(
      Caller caller, OpenKey key, byte[] container, CallerContext context, Pin pin) {
    var candidate = Candidate.of(container);
    if (pin.material().isEmpty()) {
      return Containers.openWrappedKey(key, candidate, context);
    }
    Envelope parsed = candidate.envelope();
    Optional<AeadKey> material = key.aead(parsed.version());
    if (!candidate.isFrame() || !parsed.keyId().equals(key.cmk().id()) || material.isEmpty()) {
      return Containers.openWrappedKey(key, candidate.refused(), context);
    }
    var whose = new PinAttempts.Whose(key.cmk().id(), caller.principal().user());
    attempts.requireUnlocked(whose);
    KeyMaterial secret = pin.material().get();
    try (PinKey.Stretched stretched = stretched(() -> PinKey.stretch(secret, parsed));
        PinKey pinKey = PinKey.of(material.get(), parsed.keyId(), parsed.version(), stretched)) {
      return attempts.attempt(
          whose,
          () ->
              Containers.firstOfWrappedKeys(purpose ->
                  EnvelopeCipher.decrypt(pinKey, parsed, purpose, context)
                      .map(plaintext -> new Content(purpose, plaintext))));
    }
  }
}
