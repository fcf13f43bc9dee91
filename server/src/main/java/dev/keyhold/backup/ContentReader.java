package dev.keyhold.backup;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.store.RowSink;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Reads what [ContentWriter] wrote.
final class ContentReader {
  private static final int MOST_BYTES = 1 << 26;
  private static final int MOST_NAMES = 4096;

  private final DigestInputStream hashed;
  private final DataInputStream in;
  private final RowCounts counts = new RowCounts();

  ContentReader(InputStream in) {
    this.hashed = new DigestInputStream(in, Summary.newDigest());
    this.in = new DataInputStream(hashed);
  }

  /// Gives all rows to `sink`. They are good for use only once this returns.
  ///
  /// @throws BackupException when the content is not whole
  Summary read(RowSink sink) throws IOException {
    try {
      int columns = 0;
      while (true) {
        switch (in.readByte()) {
          case 'T' -> {
            String name = text();
            List<String> names = names();
            columns = names.size();
            counts.table(name);
            sink.table(name, names);
          }
          case 'R' -> {
            counts.row();
            sink.row(row(columns));
          }
          case 'E' -> {
            return end();
          }
          default -> throw Chunks.altered();
        }
      }
    } catch (EOFException e) {
      throw new BackupException("The backup ends too early: none of it is used.", e);
    }
  }

  private Summary end() throws IOException {
    Map<String, Long> told = new LinkedHashMap<>();
    for (int left = length(MOST_NAMES); left > 0; left--) {
      String name = text();
      told.put(name, in.readLong());
    }
    byte[] hash = hashed.getMessageDigest().digest();
    hashed.on(false);
    if (!told.equals(counts.byTable())
        || !MessageDigest.isEqual(hash, bytes(hash.length))
        || in.read() >= 0) {
      throw Chunks.altered();
    }
    return new Summary(told, Bytes.owning(hash));
  }

  private List<String> names() throws IOException {
    int count = length(MOST_NAMES);
    var names = new ArrayList<String>(count);
    for (int i = 0; i < count; i++) {
      names.add(text());
    }
    return names;
  }

  private List<Optional<Object>> row(int columns) throws IOException {
    var values = new ArrayList<Optional<Object>>(columns);
    for (int i = 0; i < columns; i++) {
      values.add(
          switch (in.readByte()) {
            case 0 -> Optional.empty();
            case 1 -> Optional.of(in.readLong());
            case 2 -> Optional.of(text());
            case 3 -> Optional.of(Bytes.owning(bytes(length(MOST_BYTES))));
            default -> throw Chunks.altered();
          });
    }
    return values;
  }

  private String text() throws IOException {
    return new String(bytes(length(MOST_BYTES)), StandardCharsets.UTF_8);
  }

  private int length(int most) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > most) {
      throw Chunks.altered();
    }
    return length;
  }

  private byte[] bytes(int length) throws IOException {
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
