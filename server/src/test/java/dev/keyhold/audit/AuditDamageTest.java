package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Segments that were damaged or edited, and what a reader is told of them.
class AuditDamageTest extends OpenedLog {
  private void onlyLineTwoIsDamagedOf(int lines) throws IOException {
    assertThat(records())
        .hasSize(lines)
        .contains(segment(0) + " line 2 is damaged")
        .last()
        .asString()
        .contains(number(2));
  }

  @Test
  void tornTailIsCut() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
      assertThat(await(append(log, 1))).isTrue();
    }
    byte[] whole = Files.readAllBytes(segment(0));
    int line = whole.length / 2;
    for (int length : new int[] {line, line + 1, line + 8, line + 100, whole.length - 1}) {
      Files.write(segment(0), Arrays.copyOf(whole, length));
      open().close();
      assertThat(Files.size(segment(0))).isEqualTo(line);
      assertThat(records()).singleElement().asString().contains(number(0));
    }
    try (var log = open()) {
      assertThat(await(append(log, 2))).isTrue();
    }
    assertThat(records()).hasSize(2);
  }

  @Test
  void pagesOfZerosAreCutToo() throws Exception {
    try (var log = open()) {
      assertThat(await(append(log, 0))).isTrue();
    }
    Files.write(segment(0), new byte[5000], StandardOpenOption.APPEND);
    open().close();
    assertThat(records()).hasSize(1);
  }

  @Test
  void damageBeforeTheEndIsLeftAndReported() throws Exception {
    try (var log = open()) {
      for (int i = 0; i < 3; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[bytes.length / 2] ^= 1;
    Files.write(segment(0), bytes);
    open().close();
    assertThat(segment(0)).hasBinaryContent(bytes);
    assertThat(records()).hasSize(3).contains(segment(0) + " line 2 is damaged");
  }

  /// Three segments of two records each.
  private void threeSegments() throws Exception {
    try (var log = open(AuditSync.GROUP, 400)) {
      for (int i = 0; i < 6; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    assertThat(Segments.files(folder)).containsExactly(segment(0), segment(2), segment(4));
    assertThat(records()).hasSize(6);
  }

  @Test
  void lineCutOutOfASegmentIsMissed() throws Exception {
    threeSegments();
    List<String> lines = Files.readAllLines(segment(2));
    for (String left : lines) {
      Files.writeString(segment(2), left + "\n");
      assertThat(records())
          .hasSize(6)
          .contains("1 record is missing before " + segment(4))
          .noneMatch(record -> record.contains(segment(2).toString()));
    }
    Files.writeString(segment(2), "");
    assertThat(records()).contains("2 records are missing before " + segment(4));
    Files.delete(segment(2));
    assertThat(records()).hasSize(5).contains("2 records are missing before " + segment(4));
    // Whatever was moved away before the oldest file is nobody's loss.
    Files.delete(segment(0));
    assertThat(records()).hasSize(2);
  }

  @Test
  void lineMoreThanThereAreNumbersIsReported() throws Exception {
    threeSegments();
    String lines = Files.readString(segment(0));
    Files.writeString(segment(0), lines + lines.substring(lines.length() / 2));
    assertThat(records()).hasSize(8).contains("1 record is too many before " + segment(2));
  }

  @Test
  void newlineThatIsNoneMoreIsADamagedLineAndAMissingOne() throws Exception {
    threeSegments();
    byte[] bytes = Files.readAllBytes(segment(0));
    bytes[bytes.length / 2 - 1] ^= 1;
    Files.write(segment(0), bytes);
    assertThat(records())
        .contains(segment(0) + " line 1 is damaged")
        .contains("1 record is missing before " + segment(2));
  }

  private void writtenInOrder(int records) throws Exception {
    try (var log = open()) {
      for (int i = 0; i < records; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
  }

  /// Makes a hole of a page's size between two lines.
  private byte[] holeAfter(int lines) throws IOException {
    byte[] bytes = Files.readAllBytes(segment(0));
    int at = 0;
    for (int i = 0; i < lines; at++) {
      i += bytes[at] == '\n' ? 1 : 0;
    }
    byte[] holed = new byte[bytes.length + 70_000];
    System.arraycopy(bytes, 0, holed, 0, at);
    System.arraycopy(bytes, at, holed, at + 70_000, bytes.length - at);
    Files.write(segment(0), holed);
    return holed;
  }

  @Test
  void zerosWithRecordsBehindThemAreDamageAndNotTheEnd() throws Exception {
    writtenInOrder(3);
    byte[] holed = holeAfter(1);
    open().close();
    assertThat(segment(0)).hasBinaryContent(holed);
    onlyLineTwoIsDamagedOf(4);
  }

  @Test
  void zerosAtTheBeginAreDamageToo() throws Exception {
    writtenInOrder(2);
    byte[] holed = holeAfter(0);
    open().close();
    assertThat(segment(0)).hasBinaryContent(holed);
    assertThat(records()).hasSize(3).startsWith(segment(0) + " line 1 is damaged");
  }

  @Test
  void zerosInTheMiddleOfALineCostThatLineOnly() throws Exception {
    writtenInOrder(3);
    byte[] bytes = Files.readAllBytes(segment(0));
    Arrays.fill(bytes, bytes.length / 2 - 3, bytes.length / 2 + 3, (byte) 0);
    Files.write(segment(0), bytes);
    open().close();
    assertThat(segment(0)).hasBinaryContent(bytes);
    onlyLineTwoIsDamagedOf(3);
  }

  @Test
  void aLongStretchWithoutALineFeedIsDamageAndNotTheEnd() throws Exception {
    writtenInOrder(3);
    byte[] bytes = Files.readAllBytes(segment(0));
    byte[] filler = "x".repeat(200_000).getBytes(StandardCharsets.US_ASCII);
    int line = bytes.length / 3;
    byte[] longer = new byte[bytes.length + filler.length];
    System.arraycopy(bytes, 0, longer, 0, line);
    System.arraycopy(filler, 0, longer, line, filler.length);
    System.arraycopy(bytes, line, longer, line + filler.length, bytes.length - line);
    Files.write(segment(0), longer);
    open().close();
    assertThat(segment(0)).hasBinaryContent(longer);
    onlyLineTwoIsDamagedOf(3);
  }

  @Test
  void aPartOfALineAtTheEndIsDamageInAllButTheLastSegment() throws Exception {
    try (var log = open(AuditSync.GROUP, 400)) {
      for (int i = 0; i < 5; i++) {
        assertThat(await(append(log, i))).isTrue();
      }
    }
    for (int first : new int[] {0, 4}) {
      byte[] bytes = Files.readAllBytes(segment(first));
      Files.write(segment(first), Arrays.copyOf(bytes, bytes.length - 1));
    }
    assertThat(records()).hasSize(4).contains(segment(0) + " line 2 is damaged");
  }
}
