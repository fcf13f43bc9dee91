package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.US_ASCII;

/// What the AEAD authenticates beside the plaintext: docs/envelope-format.md, section 4.
///
///     offset  bytes
///          0     20  `keyhold-envelope-v1:`
///         20      1  purpose
///         21      4  header of the container
///         25     40  CMK id and material version, as in the container
///         65    5+c  caller context: kind, LE32 c, content
///       70+c      5  binding: kind, LE32 length 0
final class Aad {
  static final int HEADER_OFFSET = 21;
  static final int KEY_OFFSET = HEADER_OFFSET + Envelope.HEADER_BYTES;

  /// Never the purpose of a container.
  static final byte NO_PURPOSE = 0;

  private static final byte[] DOMAIN = "keyhold-envelope-v1:".getBytes(US_ASCII);
  private static final int PURPOSE_OFFSET = 20;
  private static final int CONTEXT_OFFSET = KEY_OFFSET + Envelope.KEY_BYTES;

  /// Kind and length of the binding. Neither kind has content: that of a PIN is in the key.
  private static final int BINDING_BYTES = 1 + LittleEndian.INT_BYTES;

  private Aad() {}

  static int length(byte[] context) {
    return CONTEXT_OFFSET + context.length + BINDING_BYTES;
  }

  /// Writes all but the header and the key, which the caller has or makes.
  static void write(byte[] out, byte purpose, byte[] context, Binding binding) {
    System.arraycopy(DOMAIN, 0, out, 0, PURPOSE_OFFSET);
    out[PURPOSE_OFFSET] = purpose;
    System.arraycopy(context, 0, out, CONTEXT_OFFSET, context.length);
    int bindingOffset = CONTEXT_OFFSET + context.length;
    out[bindingOffset] = binding.code();
    LittleEndian.putInt(out, bindingOffset + 1, 0);
  }
}
