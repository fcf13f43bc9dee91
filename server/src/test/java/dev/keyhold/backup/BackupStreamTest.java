package dev.keyhold.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Random;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.RowSink;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackupStreamTest {
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  @TempDir private Path folder;
  private Seal seal;
  private BackupHeader header;

  @BeforeEach
  void makeKey() {
    seal = FileSeal.create(folder.resolve("a.key"));
    header = BackupHeader.make(NOW, 2, SealedBy.ROOT_KEY, seal);
  }

  @AfterEach
  void close() {
    seal.close();
  }

  /// Two small tables with a value of each kind.
  private byte[] small() throws IOException {
    var out = new ByteArrayOutputStream();
    try (var sealed = new SealedOutput(out, header, header.unwrapKey(seal))) {
      var content = new ContentWriter(sealed);
      content.table("one", List.of("a", "b", "c", "d"));
      content.row(
          List.of(
              Optional.empty(),
              Optional.of(-5L),
              Optional.of("grün"),
              Optional.of(Bytes.owning(new byte[] {0, 1, 2}))));
      content.table("two", List.of("a"));
      content.finish();
      sealed.finish();
    }
    return out.toByteArray();
  }

  private byte[] sealedBytes(byte[] content) throws IOException {
    var out = new ByteArrayOutputStream();
    try (var sealed = new SealedOutput(out, header, header.unwrapKey(seal))) {
      sealed.write(content);
      sealed.finish();
    }
    return out.toByteArray();
  }

  private byte[] opened(byte[] backup) throws IOException {
    InputStream in = new ByteArrayInputStream(backup);
    BackupHeader read = BackupHeader.read(in);
    try (var content = new SealedInput(in, read, read.unwrapKey(seal))) {
      return content.readAllBytes();
    }
  }

  private Summary read(byte[] backup, RowSink sink) throws IOException {
    InputStream in = new ByteArrayInputStream(backup);
    return Backup.read(BackupHeader.read(in), in, seal, sink);
  }

  private static final class Rows implements RowSink {
    private final List<Object> all = new ArrayList<>();

    @Override
    public void table(String name, List<String> columns) {
      all.add(name + columns);
    }

    @Override
    public void row(List<Optional<Object>> values) {
      all.add(values);
    }
  }

  @Test
  void rowsComeBackAsTheyWere() throws IOException {
    var rows = new Rows();
    Summary summary = read(small(), rows);

    assertThat(summary.rows()).containsExactly(entry("one", 1L), entry("two", 0L));
    assertThat(rows.all)
        .containsExactly(
            "one[a, b, c, d]",
            List.of(
                Optional.empty(),
                Optional.of(-5L),
                Optional.of("grün"),
                Optional.of(Bytes.owning(new byte[] {0, 1, 2}))),
            "two[a]");
  }

  @Test
  void sameContentGivesTheSameBytes() throws IOException {
    byte[] first = small();
    // The provider refuses the nonce that it was given last. A resumed backup is another process.
    BackupHeader.make(NOW, 2, SealedBy.ROOT_KEY, seal);
    assertThat(small()).isEqualTo(first);
  }

  @Test
  void everyAlteredBitIsRefused() throws IOException {
    byte[] whole = small();
    for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
      byte[] altered = whole.clone();
      altered[bit / Byte.SIZE] ^= (byte) (1 << bit % Byte.SIZE);
      assertRefused(altered, "bit " + bit);
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = small();
    for (int length = 0; length < whole.length; length++) {
      assertRefused(Arrays.copyOf(whole, length), length + " bytes");
    }
    assertRefused(Arrays.copyOf(whole, whole.length + 1), "one byte more");
  }

  private void assertRefused(byte[] backup, String what) {
    assertThatThrownBy(() -> read(backup, new Rows()))
        .describedAs(what)
        .isInstanceOfAny(BackupException.class, SealException.class);
  }

  @Test
  void chunksHaveTheirPlace() throws IOException {
    byte[] content = Random.bytes(3 * Chunks.MOST + 10);
    byte[] whole = sealedBytes(content);
    assertThat(opened(whole)).isEqualTo(content);
    List<byte[]> chunks = chunksOf(whole);
    assertThat(chunks).hasSize(4);

    for (int i = 0; i < chunks.size(); i++) {
      for (int j = i + 1; j < chunks.size(); j++) {
        var swapped = new ArrayList<>(chunks);
        Collections.swap(swapped, i, j);
        assertClosed(swapped);
      }
      var missing = new ArrayList<>(chunks);
      missing.remove(i);
      assertClosed(missing);
      var doubled = new ArrayList<>(chunks);
      doubled.add(i, chunks.get(i));
      assertClosed(doubled);
    }
    var shortened = new ArrayList<>(chunks.subList(0, 3));
    shortened.getLast()[0] = 1; // said to be the last
    assertClosed(shortened);
  }

  @Test
  void chunksOfAnotherBackupUnderTheSameKeyDoNotFit() throws IOException {
    byte[] mine = sealedBytes(new byte[10]);
    header = BackupHeader.make(NOW, 2, SealedBy.ROOT_KEY, seal);
    byte[] other = sealedBytes(new byte[10]);
    int start = header.bytes().length;
    System.arraycopy(mine, start, other, start, mine.length - start);

    assertThatThrownBy(() -> opened(other)).isInstanceOf(BackupException.class);
  }

  @Test
  void contentOfWholeChunksAndOfNothingComesBack() throws IOException {
    for (int length :
        new int[] {0, 1, Chunks.MOST - 1, Chunks.MOST, Chunks.MOST + 1, 2 * Chunks.MOST}) {
      byte[] content = Random.bytes(length);
      assertThat(opened(sealedBytes(content))).isEqualTo(content);
    }
  }

  private void assertClosed(List<byte[]> chunks) {
    var out = new ByteArrayOutputStream();
    out.writeBytes(header.bytes());
    chunks.forEach(out::writeBytes);
    assertThatThrownBy(() -> opened(out.toByteArray())).isInstanceOf(BackupException.class);
  }

  private List<byte[]> chunksOf(byte[] backup) {
    var chunks = new ArrayList<byte[]>();
    int at = header.bytes().length;
    while (at < backup.length) {
      int length =
          ByteBuffer.wrap(backup).order(ByteOrder.LITTLE_ENDIAN).getInt(at + 1) + Chunks.OVERHEAD;
      chunks.add(Arrays.copyOfRange(backup, at, at + length));
      at += length;
    }
    return chunks;
  }

  @Test
  void anotherKeyIsNamedAsSuch() throws IOException {
    byte[] whole = small();
    try (Seal other = FileSeal.create(folder.resolve("other.key"))) {
      InputStream in = new ByteArrayInputStream(whole);
      BackupHeader read = BackupHeader.read(in);
      assertThatThrownBy(() -> Backup.read(read, in, other, new Rows()))
          .isInstanceOf(SealException.class)
          .hasMessageContaining("another root key");
    }
  }

  @Test
  void contentIsNotInTheClear() throws IOException {
    assertThat(new String(small(), StandardCharsets.ISO_8859_1))
        .doesNotContain("one")
        .doesNotContain(
            new String("grün".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1));
  }
}
