package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.Argon2id;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.key.KeyId;
import java.util.Arrays;

/// The key of one container that is bound to a PIN: neither the CMK nor the PIN gives it alone.
///
///     A = Argon2id(PIN, salt = the container's nonce, 19 MiB, 2 passes, 1 lane), 32 bytes
///     key = HKDF-SHA256(K, salt = A, info = `keyhold-pin-v1:`, CMK id, LE32 version)
///
/// Source: docs/envelope-format.md, section 4.2. Making one takes about 60 ms, all of it in
/// [#stretch].
public final class PinKey implements AutoCloseable {
  private static final Argon2id.Cost COST = new Argon2id.Cost(19 * 1024, 2, 1);
  private static final int STRETCHED_BYTES = 32;
  private static final byte[] DOMAIN = "keyhold-pin-v1:".getBytes(US_ASCII);

  private final AeadKey key;
  private final byte[] nonce;

  private PinKey(AeadKey key, byte[] nonce) {
    this.key = key;
    this.nonce = nonce;
  }

  /// A PIN after the slow half of the computation, for one container. It does not need the CMK, so
  /// it can be made on another thread.
  public static final class Stretched implements AutoCloseable {
    private final KeyMaterial value;
    private final byte[] nonce;

    private Stretched(KeyMaterial value, byte[] nonce) {
      this.value = value;
      this.nonce = nonce;
    }

    @Override
    public void close() {
      value.close();
    }
  }

  /// For a container to be made.
  ///
  /// @param pin its bytes, as they are
  public static Stretched stretch(KeyMaterial pin) {
    return stretch(pin, Random.bytes(AeadKey.NONCE_BYTES));
  }

  /// For a container that there is.
  public static Stretched stretch(KeyMaterial pin, Envelope envelope) {
    return stretch(pin, Arrays.copyOf(envelope.body().lent(), AeadKey.NONCE_BYTES));
  }

  /// Two messages under one nonce and PIN give both away: for samples, and for containers that
  /// exist.
  static Stretched stretch(KeyMaterial pin, byte[] nonce) {
    byte[] stretched = pin.lend(bytes -> Argon2id.derive(bytes, nonce, COST, STRETCHED_BYTES));
    return new Stretched(new KeyMaterial(stretched), nonce);
  }

  /// @param key the material of that version of the CMK `id`; stays the caller's
  /// @param pin stays the caller's
  public static PinKey of(AeadKey key, KeyId id, int version, Stretched pin) {
    byte[] info = Arrays.copyOf(DOMAIN, DOMAIN.length + Envelope.KEY_BYTES);
    Envelope.writeKey(info, DOMAIN.length, id, version);
    return new PinKey(pin.value.lend(salt -> key.derive(salt, info)), pin.nonce);
  }

  AeadKey key() {
    return key;
  }

  void writeNonce(byte[] out, int offset) {
    System.arraycopy(nonce, 0, out, offset, nonce.length);
  }

  @Override
  public void close() {
    key.close();
  }
}
