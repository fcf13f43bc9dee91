package dev.keyhold.seal;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Bytes for a list of fields that no other list has: each field is its length, LE32, and its UTF-8
/// bytes.
final class Canonical {
  private Canonical() {}

  static byte[] encode(List<String> fields) {
    var out = new ByteArrayOutputStream();
    for (String field : fields) {
      byte[] bytes = field.getBytes(StandardCharsets.UTF_8);
      out.writeBytes(le32(bytes.length));
      out.writeBytes(bytes);
    }
    return out.toByteArray();
  }

  static byte[] encode(String... fields) {
    return encode(List.of(fields));
  }

  static byte[] le32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
  }
}
