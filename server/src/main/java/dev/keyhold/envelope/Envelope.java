package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.key.KeyId;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;

/// The frame of a ciphertext: which key made it, and the body that only this key opens. The frame itself
/// is open to anyone; what it says is authenticated when the body is decrypted.
///
///     offset  bytes
///          0      2  format, 02 00
///          2      2  LE16 n = b + 40
///          4      b  body: nonce, AEAD output, tag
///        4+b     36  CMK id, ASCII
///       40+b      4  LE32 material version
///       44+b     32  SHA-256 of all before it
///
/// Source: docs/envelope-format.md, section 2.
///
/// @param version of the key material, from 0
/// @param body of a length that [#bodyBytes] gives
public record Envelope(KeyId keyId, int version, Bytes body) {
  public static final int LEAST_PLAINTEXT_BYTES = 1;
  public static final int MOST_PLAINTEXT_BYTES = 4096;

  static final int HEADER_BYTES = 4;
  static final int KEY_BYTES = KeyId.LENGTH + LittleEndian.INT_BYTES; // id and version
  static final int CHECKSUM_BYTES = Digest.BYTES;
  static final int FRAME_BYTES = HEADER_BYTES + KEY_BYTES + CHECKSUM_BYTES;
  static final int LEAST_BODY_BYTES = bodyBytes(LEAST_PLAINTEXT_BYTES);
  static final int MOST_BODY_BYTES = bodyBytes(MOST_PLAINTEXT_BYTES);

  /// In the cloud's containers these 32 bytes were the digest of the plaintext; its sizes are ours.
  private static final int SIZE_RESERVE = 32;

  private static final int UNIT = 16;
  private static final int FORMAT = 2;

  /// In place of an id that is none.
  private static final KeyId NO_KEY = KeyId.random();

  /// @throws IllegalArgumentException for a version below 0 or a body of a length that does not
  ///   occur
  public Envelope {
    if (version < 0 || !isBodyLength(body.length())) {
      throw new IllegalArgumentException("no envelope has such a version or body");
    }
  }

  /// The length of the body around a plaintext of `plaintextBytes`.
  static int bodyBytes(int plaintextBytes) {
    return UNIT + (plaintextBytes + SIZE_RESERVE + UNIT - 1) / UNIT * UNIT;
  }

  /// The length of the container around a plaintext of that length: 188 for a data key of 64 bytes.
  public static int containerBytes(int plaintextBytes) {
    return FRAME_BYTES + bodyBytes(plaintextBytes);
  }

  static boolean isBodyLength(int length) {
    return length >= LEAST_BODY_BYTES && length <= MOST_BODY_BYTES && length % UNIT == 0;
  }

  /// Reads a container. Accepts the one spelling that [#encode] writes and no other.
  ///
  /// @return empty when it is not a frame; that it is one does not mean that it opens
  public static Optional<Envelope> parse(byte[] container) {
    var candidate = Candidate.of(container);
    return candidate.isFrame() ? Optional.of(candidate.envelope()) : Optional.empty();
  }

  /// Does the same work whatever it finds, so that its time does not tell.
  ///
  /// @param container as long as one can be
  static Candidate read(byte[] container) {
    int bodyBytes = container.length - FRAME_BYTES;
    int keyOffset = HEADER_BYTES + bodyBytes;
    String keyId = new String(container, keyOffset, KeyId.LENGTH, ISO_8859_1);
    int version = LittleEndian.getInt(container, keyOffset + KeyId.LENGTH);
    boolean formatRight = LittleEndian.getShort(container, 0) == FORMAT;
    boolean lengthRight = LittleEndian.getShort(container, 2) == bodyBytes + KEY_BYTES;
    boolean idRight = KeyId.isWellFormed(keyId);
    boolean checksumRight = isChecksumRight(container);
    boolean isFrame = formatRight && lengthRight && idRight && version >= 0 && checksumRight;
    var body = Bytes.owning(Arrays.copyOfRange(container, HEADER_BYTES, keyOffset));
    KeyId id = idRight ? new KeyId(keyId) : NO_KEY;
    return new Candidate(new Envelope(id, version & Integer.MAX_VALUE, body), isFrame);
  }

  private static boolean isChecksumRight(byte[] container) {
    int end = container.length - CHECKSUM_BYTES;
    byte[] expected = Digest.SHA_256.digest(container, 0, end);
    return MessageDigest.isEqual(expected, Arrays.copyOfRange(container, end, container.length));
  }

  /// The container.
  public byte[] encode() {
    byte[] container = new byte[FRAME_BYTES + body.length()];
    writeFrame(container, keyId, version);
    System.arraycopy(body.lent(), 0, container, HEADER_BYTES, body.length());
    int end = container.length - CHECKSUM_BYTES;
    Digest.SHA_256.digest(container, 0, end, container, end);
    return container;
  }

  /// Writes what is before and after the body, without the checksum.
  static void writeFrame(byte[] container, KeyId keyId, int version) {
    int bodyBytes = container.length - FRAME_BYTES;
    writeHeader(container, 0, bodyBytes);
    writeKey(container, HEADER_BYTES + bodyBytes, keyId, version);
  }

  static void writeHeader(byte[] out, int offset, int bodyBytes) {
    LittleEndian.putShort(out, offset, FORMAT);
    LittleEndian.putShort(out, offset + 2, bodyBytes + KEY_BYTES);
  }

  static void writeKey(byte[] out, int offset, KeyId keyId, int version) {
    String text = keyId.text();
    for (int i = 0; i < KeyId.LENGTH; i++) {
      out[offset + i] = (byte) text.charAt(i);
    }
    LittleEndian.putInt(out, offset + KeyId.LENGTH, version);
  }

  /// The bytes of a body that are not nonce or tag: the plaintext's length, the plaintext, the
  /// padding.
  static int innerBytes(int bodyBytes) {
    return bodyBytes - AeadKey.NONCE_BYTES - AeadKey.TAG_BYTES;
  }
}
