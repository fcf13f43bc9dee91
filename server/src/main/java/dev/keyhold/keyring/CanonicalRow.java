package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The bytes of a row that its MAC is over: a format byte, then every column, text as a 4-byte
/// big-endian length and UTF-8, blobs likewise, numbers as 8 bytes big-endian. Fixed once released.
final class CanonicalRow {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
  private final DataOutputStream out = new DataOutputStream(bytes);

  CanonicalRow(int format) {
    bytes.write(format);
  }

  CanonicalRow text(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    try {
      out.writeInt(utf8.length);
      out.write(utf8);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return this;
  }

  CanonicalRow blob(Bytes content) {
    try {
      out.writeInt(content.length());
      out.write(content.lent());
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return this;
  }

  CanonicalRow number(long number) {
    try {
      out.writeLong(number);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return this;
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
