package dev.keyhold.seal;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.seal.HsmSession.Work;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.ProviderException;
import java.security.UnrecoverableKeyException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;

/// A PKCS#11 token with AES-256 keys that never leave it. It wraps KEKs and nothing else, so its
/// speed does not bound the service. What it wraps reads:
///
///     offset  bytes
///          0      1  format, 0x01
///          1     12  nonce
///         13   n+16  AES-256-GCM ciphertext and tag
///
/// A token that is away does not stop the server, nor does one that hangs, and one that is back is
/// used. A wrong PIN is not tried twice, since tokens lock; the next try waits for a new PIN file.
public final class Hsm {
  /// How long a token may take.
  private static final Duration PATIENCE = Duration.ofSeconds(4);

  private static final byte FORMAT = 1;
  private static final int NONCE_BYTES = 12; // the provider's own choice would be 16
  private static final int TAG_BITS = 128;
  private static final int HEADER_BYTES = 1 + NONCE_BYTES;
  private static final int PROBE_BYTES = 32;

  /// Keys that the provider made for a session. It destroys what nobody reaches any more, by a
  /// number that means another object once the module has begun anew: so all stay reachable.
  private static final Queue<SecretKey> MADE = new ConcurrentLinkedQueue<>();

  private final Token token;
  private final HsmThread thread;
  private final HsmSession session; // of that thread

  /// Where a token is. Named by the operator alone: a library that is loaded runs as us.
  ///
  /// @param cluster the name that callers know it by
  /// @param library the PKCS#11 module
  /// @param slot the place in the module's list of slots with a token, from 0
  /// @param pinFile its first line is the user's PIN
  public record Token(String cluster, Path library, int slot, Path pinFile) {}

  public Hsm(Token token) {
    this(token, new HsmThread(PATIENCE, System::nanoTime));
  }

  Hsm(Token token, HsmThread thread) {
    this.token = token;
    this.thread = thread;
    this.session = new HsmSession(token);
  }

  public String cluster() {
    return token.cluster();
  }

  /// Makes an AES-256 key inside the token, sensitive and not extractable.
  ///
  /// @throws Unavailable when the token does not answer
  public void generate(String label) {
    use(store -> {
      var generator = KeyGenerator.getInstance("AES", store.getProvider());
      generator.init(256);
      // A session's key, which the entry makes a token's: a token's key would be there twice.
      SecretKey made = generator.generateKey();
      MADE.add(made);
      store.setKeyEntry(label, made, null, null);
      return true;
    });
  }

  /// Whether the key of that label can't be read out of the token.
  ///
  /// @throws Unavailable when the token does not answer
  boolean isSensitive(String label) {
    return use(store -> key(store, label).getEncoded() == null);
  }

  /// Wraps `secret` under the key of that label. `aad` must be given again to unwrap.
  ///
  /// @throws Unavailable when the token does not answer
  public byte[] wrap(String label, KeyMaterial secret, byte[] aad) {
    return use(store -> wrap(store, label, secret, aad));
  }

  private static byte[] wrap(KeyStore store, String label, KeyMaterial secret, byte[] aad)
      throws GeneralSecurityException {
    byte[] nonce = Random.bytes(NONCE_BYTES);
    Cipher cipher = cipher(store, Cipher.ENCRYPT_MODE, key(store, label), nonce, aad);
    byte[] sealed;
    byte[] plain = secret.lend(byte[]::clone);
    try {
      sealed = cipher.doFinal(plain);
    } finally {
      Arrays.fill(plain, (byte) 0);
    }
    byte[] wrapped = new byte[HEADER_BYTES + sealed.length];
    wrapped[0] = FORMAT;
    System.arraycopy(nonce, 0, wrapped, 1, NONCE_BYTES);
    System.arraycopy(sealed, 0, wrapped, HEADER_BYTES, sealed.length);
    return wrapped;
  }

  /// @throws SealException when `wrapped` was altered, or wrapped under another key or AAD, while
  ///   the token works
  /// @throws Unavailable when the token does not answer
  public KeyMaterial unwrap(String label, byte[] wrapped, byte[] aad) {
    if (wrapped.length < HEADER_BYTES || wrapped[0] != FORMAT) {
      throw altered();
    }
    return use(
            store -> unwrap(store, label, wrapped, aad), late -> late.ifPresent(KeyMaterial::close))
        .orElseThrow(this::altered);
  }

  private Optional<KeyMaterial> unwrap(KeyStore store, String label, byte[] wrapped, byte[] aad)
      throws GeneralSecurityException {
    byte[] nonce = Arrays.copyOfRange(wrapped, 1, HEADER_BYTES);
    try {
      Cipher cipher = cipher(store, Cipher.DECRYPT_MODE, key(store, label), nonce, aad);
      return Optional.of(
          new KeyMaterial(cipher.doFinal(wrapped, HEADER_BYTES, wrapped.length - HEADER_BYTES)));
    } catch (AEADBadTagException | ProviderException failure) {
      // A token reports a bad tag like any other trouble. If it can do the same with a value of our
      // own, it was the value.
      try (var probe = new KeyMaterial(Random.bytes(PROBE_BYTES))) {
        byte[] again = wrap(store, label, probe, aad);
        byte[] nonceAgain = Arrays.copyOfRange(again, 1, HEADER_BYTES);
        Cipher cipher = cipher(store, Cipher.DECRYPT_MODE, key(store, label), nonceAgain, aad);
        byte[] opened = cipher.doFinal(again, HEADER_BYTES, again.length - HEADER_BYTES);
        if (probe.lend(bytes -> Arrays.equals(bytes, opened))) {
          return Optional.empty();
        }
      }
      throw failure;
    }
  }

  private static Cipher cipher(KeyStore store, int mode, SecretKey key, byte[] nonce, byte[] aad)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding", store.getProvider());
    cipher.init(mode, key, new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(aad);
    return cipher;
  }

  private static SecretKey key(KeyStore store, String label) throws GeneralSecurityException {
    Key key = store.getKey(label, null);
    if (key instanceof SecretKey secret) {
      return secret;
    }
    throw new UnrecoverableKeyException("the token has no key " + label);
  }

  private <T> T use(Work<T> work) {
    return use(work, _ -> {});
  }

  /// One at a time: a call is rare, and the provider's sessions are not worth a pool.
  ///
  /// @param discard wipes what came too late
  private <T> T use(Work<T> work, Consumer<T> discard) {
    try {
      return thread.call(() -> session.attempt(work), discard);
    } catch (TimeoutException late) {
      throw session.unavailable(late);
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof RuntimeException refused) {
        throw refused;
      }
      throw new IllegalStateException(failure.getCause());
    }
  }

  private SealException altered() {
    return new SealException(
        "A key wrapped in the HSM of cluster "
            + token.cluster()
            + " was altered: it does not open.");
  }
}
