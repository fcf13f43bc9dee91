package dev.keyhold.backup;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.store.RowSink;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestOutputStream;
import java.util.List;
import java.util.Optional;

/// Writes rows as the content of a backup. Numbers are big-endian; a text is its length, 4 bytes,
/// and UTF-8, a blob its length and bytes.
///
///     'T' name, number of columns (4 bytes), their names
///     'R' a value for each column: 0 for NULL, 1 and 8 bytes, 2 and a text, 3 and a blob
///     'E' number of tables (4 bytes); name and number of rows (8 bytes) of each
///         SHA-256 of all before it
final class ContentWriter implements RowSink {
  private final DigestOutputStream hashed;
  private final DataOutputStream out;
  private final RowCounts counts = new RowCounts();

  ContentWriter(OutputStream out) {
    this.hashed = new DigestOutputStream(out, Summary.newDigest());
    this.out = new DataOutputStream(new BufferedOutputStream(hashed));
  }

  @Override
  public void table(String name, List<String> columns) {
    counts.table(name);
    try {
      out.writeByte('T');
      text(name);
      out.writeInt(columns.size());
      for (String column : columns) {
        text(column);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void row(List<Optional<Object>> values) {
    counts.row();
    try {
      out.writeByte('R');
      for (Optional<Object> value : values) {
        value(value);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Summary finish() throws IOException {
    out.writeByte('E');
    var rows = counts.byTable();
    out.writeInt(rows.size());
    for (var table : rows.entrySet()) {
      text(table.getKey());
      out.writeLong(table.getValue());
    }
    out.flush();
    byte[] hash = hashed.getMessageDigest().digest();
    hashed.on(false);
    out.write(hash);
    out.flush();
    return new Summary(rows, Bytes.owning(hash));
  }

  private void value(Optional<Object> value) throws IOException {
    switch (value.orElse(Null.NULL)) {
      case Null.NULL -> out.writeByte(0);
      case Long number -> {
        out.writeByte(1);
        out.writeLong(number);
      }
      case String text -> {
        out.writeByte(2);
        text(text);
      }
      case Bytes blob -> {
        out.writeByte(3);
        out.writeInt(blob.length());
        out.write(blob.lent());
      }
      case Object other -> throw new IllegalArgumentException("no form for " + other.getClass());
    }
  }

  private void text(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    out.writeInt(utf8.length);
    out.write(utf8);
  }

  private enum Null {
    NULL
  }
}
