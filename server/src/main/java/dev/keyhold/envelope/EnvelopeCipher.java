package dev.keyhold.envelope;

import static dev.keyhold.crypto.AeadKey.NONCE_BYTES;
import static dev.keyhold.envelope.LittleEndian.INT_BYTES;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Workspace;
import dev.keyhold.key.KeyId;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/// Makes and opens ciphertext containers: docs/envelope-format.md, sections 3 and 4.
///
/// Decryption fails in one way, whatever was wrong.
public final class EnvelopeCipher {
  private static final int NONCE_OFFSET = Envelope.HEADER_BYTES;
  private static final int INNER_OFFSET = NONCE_OFFSET + NONCE_BYTES;

  private EnvelopeCipher() {}

  /// Encrypts `length` bytes of `plaintext`, 1 to 4096, under a random nonce.
  ///
  /// @param key the material of that version of the CMK `id`
  /// @return the container, [Envelope#containerBytes] long
  /// @throws IllegalArgumentException for any other length
  public static byte[] encrypt(
      AeadKey key,
      KeyId id,
      int version,
      Purpose purpose,
      CallerContext context,
      byte[] plaintext,
      int offset,
      int length) {
    try (var work = Workspace.borrow()) {
      byte[] container = frame(id, version, length);
      work.random(container, NONCE_OFFSET, NONCE_BYTES);
      seal(work, key, purpose, context, Binding.NONE, plaintext, offset, length, container);
      return container;
    }
  }

  /// Encrypts as above, into the one container that `key` was made for.
  ///
  /// @param key made for that version of the CMK `id`; a second message under it would give both
  ///   away
  public static byte[] encrypt(
      PinKey key,
      KeyId id,
      int version,
      Purpose purpose,
      CallerContext context,
      byte[] plaintext,
      int offset,
      int length) {
    try (var work = Workspace.borrow()) {
      byte[] container = frame(id, version, length);
      key.writeNonce(container, NONCE_OFFSET);
      seal(work, key.key(), purpose, context, Binding.PIN, plaintext, offset, length, container);
      return container;
    }
  }

  /// For the format's samples. Two messages under one nonce give both away.
  static byte[] encryptUnderChosenNonce(
      byte[] nonce,
      AeadKey key,
      KeyId id,
      int version,
      Purpose purpose,
      CallerContext context,
      byte[] plaintext) {
    try (var work = Workspace.borrow()) {
      byte[] container = frame(id, version, plaintext.length);
      System.arraycopy(nonce, 0, container, NONCE_OFFSET, NONCE_BYTES);
      seal(work, key, purpose, context, Binding.NONE, plaintext, 0, plaintext.length, container);
      return container;
    }
  }

  private static byte[] frame(KeyId id, int version, int length) {
    if (length < Envelope.LEAST_PLAINTEXT_BYTES || length > Envelope.MOST_PLAINTEXT_BYTES) {
      throw new IllegalArgumentException("a container holds 1 to 4096 bytes");
    }
    if (version < 0) {
      throw new IllegalArgumentException("versions count from 0");
    }
    byte[] container = new byte[Envelope.containerBytes(length)];
    Envelope.writeFrame(container, id, version);
    return container;
  }

  /// Fills in what [#frame] and the nonce left open. The plaintext is put where its ciphertext
  /// belongs and encrypted in place, so that there is no second copy to wipe.
  private static void seal(
      Workspace work,
      AeadKey key,
      Purpose purpose,
      CallerContext context,
      Binding binding,
      byte[] plaintext,
      int offset,
      int length,
      byte[] container) {
    Objects.checkFromIndexSize(offset, length, plaintext.length);
    int bodyBytes = container.length - Envelope.FRAME_BYTES;
    LittleEndian.putInt(container, INNER_OFFSET, length);
    System.arraycopy(plaintext, offset, container, INNER_OFFSET + INT_BYTES, length);

    byte[] encodedContext = context.encoding().lent();
    int aadBytes = Aad.length(encodedContext);
    byte[] aad = work.aadScratch(aadBytes);
    Aad.write(aad, purpose.code(), encodedContext, binding);
    System.arraycopy(container, 0, aad, Aad.HEADER_OFFSET, Envelope.HEADER_BYTES);
    System.arraycopy(
        container, Envelope.HEADER_BYTES + bodyBytes, aad, Aad.KEY_OFFSET, Envelope.KEY_BYTES);

    key.seal(
        work,
        container,
        NONCE_OFFSET,
        aad,
        aadBytes,
        container,
        INNER_OFFSET,
        Envelope.innerBytes(bodyBytes),
        container,
        INNER_OFFSET);
    int end = container.length - Envelope.CHECKSUM_BYTES;
    work.digest(Digest.SHA_256, container, 0, end, container, end);
  }

  /// Decrypts a container that was made with the same key, purpose and context.
  ///
  /// @param key the material of the CMK and version that the envelope names
  /// @return empty for anything else
  public static Optional<KeyMaterial> decrypt(
      AeadKey key, Envelope envelope, Purpose purpose, CallerContext context) {
    return decrypt(key, envelope, purpose.code(), context, Binding.NONE);
  }

  /// Decrypts as above. What is no frame is tried as what nothing is made for, so that a sound body
  /// in a broken frame takes the way, and the time, of one whose tag is wrong.
  ///
  /// @param key the material of the CMK and version that the candidate names, or any of the CMK's
  ///   for one that is refused
  public static Optional<KeyMaterial> decrypt(
      AeadKey key, Candidate candidate, Purpose purpose, CallerContext context) {
    byte code = candidate.isFrame() ? purpose.code() : Aad.NO_PURPOSE;
    return decrypt(key, candidate.envelope(), code, context, Binding.NONE);
  }

  /// Decrypts a container that was made with the same key, PIN, purpose and context.
  ///
  /// @param key made for this container
  /// @return empty for anything else
  public static Optional<KeyMaterial> decrypt(
      PinKey key, Envelope envelope, Purpose purpose, CallerContext context) {
    return decrypt(key.key(), envelope, purpose.code(), context, Binding.PIN);
  }

  private static Optional<KeyMaterial> decrypt(
      AeadKey key, Envelope envelope, byte purpose, CallerContext context, Binding binding) {
    byte[] body = envelope.body().lent();
    int innerBytes = Envelope.innerBytes(body.length);
    byte[] encodedContext = context.encoding().lent();
    int aadBytes = Aad.length(encodedContext);
    try (var work = Workspace.borrow()) {
      byte[] aad = work.aadScratch(aadBytes);
      Aad.write(aad, purpose, encodedContext, binding);
      Envelope.writeHeader(aad, Aad.HEADER_OFFSET, body.length);
      Envelope.writeKey(aad, Aad.KEY_OFFSET, envelope.keyId(), envelope.version());
      byte[] inner = work.plaintextScratch(innerBytes);
      try {
        boolean authentic =
            key.open(
                work,
                body,
                0,
                aad,
                aadBytes,
                body,
                NONCE_BYTES,
                body.length - NONCE_BYTES,
                inner,
                0);
        return authentic ? plaintext(inner, body.length) : Optional.empty();
      } finally {
        Arrays.fill(inner, 0, innerBytes, (byte) 0);
      }
    }
  }

  /// The plaintext in what was authenticated. Its length must be one that makes a body of this
  /// size, and the padding zero: nobody without the key can break this, and who has it may not
  /// choose a spelling.
  private static Optional<KeyMaterial> plaintext(byte[] inner, int bodyBytes) {
    int length = LittleEndian.getInt(inner, 0);
    if (length < Envelope.LEAST_PLAINTEXT_BYTES
        || length > Envelope.MOST_PLAINTEXT_BYTES
        || Envelope.bodyBytes(length) != bodyBytes) {
      return Optional.empty();
    }
    int end = INT_BYTES + length;
    int padding = 0;
    for (int i = end; i < Envelope.innerBytes(bodyBytes); i++) {
      padding |= inner[i];
    }
    return padding == 0
        ? Optional.of(new KeyMaterial(Arrays.copyOfRange(inner, INT_BYTES, end)))
        : Optional.empty();
  }
}
