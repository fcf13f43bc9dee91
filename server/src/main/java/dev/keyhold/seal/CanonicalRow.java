package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The bytes of a row that its MAC ([Keks#mac]) is over: a format byte, then every column, text as
/// a 4-byte big-endian length and UTF-8, blobs likewise, numbers as 8 bytes big-endian, flags as
/// one byte 0 or 1. Fixed once released.
public final class CanonicalRow {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
  private final DataOutputStream out = new DataOutputStream(bytes);

  /// @param format 0 to 255
  public CanonicalRow(int format) {
    bytes.write(format);
  }

  public CanonicalRow text(String text) {
    return sized(text.getBytes(StandardCharsets.UTF_8));
  }

  public CanonicalRow blob(Bytes content) {
    return sized(content.lent());
  }

  private CanonicalRow sized(byte[] content) {
    return with(it -> {
      it.writeInt(content.length);
      it.write(content);
    });
  }

  public CanonicalRow number(long number) {
    return with(it -> it.writeLong(number));
  }

  public CanonicalRow flag(boolean flag) {
    return with(it -> it.writeBoolean(flag));
  }

  private interface Writing {
    void to(DataOutputStream out) throws IOException;
  }

  private CanonicalRow with(Writing column) {
    try {
      column.to(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return this;
  }

  public byte[] bytes() {
    return bytes.toByteArray();
  }
}
