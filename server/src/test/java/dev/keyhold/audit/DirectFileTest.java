package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectFileTest {
  private static final int LENGTH = 1024 * 1024;

  @TempDir private Path temporary;
  private final DirectFile.Blocks blocks = new DirectFile.Blocks();
  private Path file;

  @BeforeEach
  void aFileOfZeros() throws IOException {
    file = temporary.resolve("zeros");
    Files.write(file, new byte[LENGTH]);
  }

  private DirectFile open() {
    Optional<DirectFile> opened = DirectFile.open(file, blocks);
    assumeTrue(opened.isPresent(), () -> "no direct writes on the file system of " + temporary);
    return opened.orElseThrow();
  }

  private static byte[] random(Random random, int length) {
    byte[] bytes = new byte[length];
    random.nextBytes(bytes);
    return bytes;
  }

  @Test
  void holdsAfterEachWriteWhatWasWrittenAndZerosBehind() throws IOException {
    long seed = System.nanoTime();
    var random = new Random(seed);
    byte[] expected = new byte[LENGTH];
    int end = 0;
    try (DirectFile direct = open()) {
      for (int length : new int[] {1, 4094, 1, 4096, 4097, 131_072, 131_071, 300_000, 0, 7}) {
        byte[] bytes = random(random, length);
        direct.write(ByteBuffer.wrap(bytes), end);
        System.arraycopy(bytes, 0, expected, end, length);
        end += length;
        assertThat(Files.readAllBytes(file)).as("seed %d, %d bytes", seed, end).isEqualTo(expected);
      }
      while (end < LENGTH - 20_000) {
        byte[] bytes = random(random, random.nextInt(20_000));
        direct.write(ByteBuffer.wrap(bytes), end);
        System.arraycopy(bytes, 0, expected, end, bytes.length);
        end += bytes.length;
        assertThat(Files.readAllBytes(file)).as("seed %d, %d bytes", seed, end).isEqualTo(expected);
      }
    }
  }

  /// As of one segment and the next.
  @Test
  void oneBufferServesOneFileAfterTheOther() throws IOException {
    Path second = temporary.resolve("second");
    Files.write(second, new byte[LENGTH]);
    try (DirectFile direct = open()) {
      direct.write(ByteBuffer.wrap(random(new Random(2), 5000)), 0);
    }
    byte[] bytes = random(new Random(3), 100);
    try (DirectFile direct = DirectFile.open(second, blocks).orElseThrow()) {
      direct.write(ByteBuffer.wrap(bytes), 0);
    }

    assertThat(Files.readAllBytes(second)).isEqualTo(Arrays.copyOf(bytes, LENGTH));
  }

  @Test
  void openingChangesNothing() throws IOException {
    open().close();

    assertThat(Files.readAllBytes(file)).isEqualTo(new byte[LENGTH]);
  }

  @Test
  void goesOnBehindTheLengthThatTheFileHadAndIsCut() throws IOException {
    byte[] bytes = random(new Random(1), LENGTH + 10_000);
    try (DirectFile direct = open()) {
      direct.write(ByteBuffer.wrap(bytes), 0);
      assertThat(direct.size()).isGreaterThanOrEqualTo(bytes.length);
      assertThat(Files.readAllBytes(file)).startsWith(bytes);

      direct.truncate(bytes.length - 5);
      direct.force();

      assertThat(Files.readAllBytes(file)).isEqualTo(Arrays.copyOf(bytes, bytes.length - 5));
    }
  }

  @Test
  void noGapIsWrittenAndNothingTwice() throws IOException {
    try (DirectFile direct = open()) {
      direct.write(ByteBuffer.wrap(new byte[5000]), 0);

      for (long wrong : new long[] {0, 4096, 4999, 5001, 8192}) {
        assertThatExceptionOfType(IOException.class)
            .isThrownBy(() -> direct.write(ByteBuffer.wrap(new byte[1]), wrong))
            .withMessageContaining(Long.toString(wrong));
      }
    }
  }

  @Test
  void whereItCantBeDoneThereIsNone() throws IOException {
    assertThat(DirectFile.open(Path.of("/dev/null"), blocks)).isEmpty();
    assertThat(DirectFile.open(temporary.resolve("missing"), blocks)).isEmpty();
    // Such a disk is written through the cache.
    try (Disk.OpenFile cached = Disk.real().openAhead(temporary.resolve("missing"))) {
      cached.write(ByteBuffer.wrap(new byte[] {1}), 0);
      cached.force();
    }
    assertThat(Files.readAllBytes(temporary.resolve("missing"))).containsExactly(1);
  }
}
