package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The bytes of a row that its MAC is over: a format byte, then every column, text as a 4-byte
/// big-endian length and UTF-8, blobs likewise, numbers as 8 bytes big-endian, flags as one byte 0
/// or
/// 1. Fixed once released.
final class CanonicalRow {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
  private final DataOutputStream out = new DataOutputStream(bytes);

  CanonicalRow(int format) {
    bytes.write(format);
  }

  CanonicalRow text(String text) {
    return sized(text.getBytes(StandardCharsets.UTF_8));
  }

  CanonicalRow blob(Bytes content) {
    return sized(content.lent());
  }

  private CanonicalRow sized(byte[] content) {
    return with(it -> {
      it.writeInt(content.length);
      it.write(content);
    });
  }

  CanonicalRow number(long number) {
    return with(it -> it.writeLong(number));
  }

  CanonicalRow flag(boolean flag) {
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

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
