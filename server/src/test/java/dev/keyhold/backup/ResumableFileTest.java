package dev.keyhold.backup;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Random;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResumableFileTest {
  @TempDir private Path folder;
  private final byte[] content = Random.bytes(10_000);

  private void write(Path file, boolean resume, int length, boolean finish) throws IOException {
    try (var out = ResumableFile.open(file, resume)) {
      for (int at = 0; at < length; at += 777) {
        out.write(content, at, Math.min(777, length - at));
      }
      if (finish) {
        out.finish();
      }
    }
  }

  @Test
  void fileHasItsNameOnlyWhenItIsComplete() throws IOException {
    Path file = folder.resolve("b");
    write(file, false, 5_000, false);
    assertThat(file).doesNotExist();
    write(file, true, content.length, true);
    assertThat(file).hasBinaryContent(content);
    assertThat(folder.resolve("b.part")).doesNotExist();
  }

  @Test
  void resumeKeepsWhatIsThereAndReplacesWhatDiffers() throws IOException {
    for (int intact : new int[] {0, 1, 776, 777, 4_000, 10_000}) {
      Path file = folder.resolve("b" + intact);
      write(file, false, intact, false);
      Files.write(
          folder.resolve("b" + intact + ".part"), new byte[20_000], StandardOpenOption.APPEND);
      write(file, true, content.length, true);
      assertThat(file).hasBinaryContent(content);
    }
  }

  @Test
  void withoutResumeItBeginsAnew() throws IOException {
    Path file = folder.resolve("b");
    Files.write(folder.resolve("b.part"), new byte[20_000]);
    write(file, false, content.length, true);
    assertThat(file).hasBinaryContent(content);
  }

  @Test
  void fileThatIsThereIsKept() throws IOException {
    Path file = Files.writeString(folder.resolve("b"), "mine");
    assertThatThrownBy(() -> write(file, false, content.length, true))
        .isInstanceOf(BackupException.class)
        .hasMessageContaining("already");
    assertThat(file).hasContent("mine");
  }

  @Test
  void skippedBytesAreLeftOutAndNoMore() throws IOException {
    for (int skipped : new int[] {0, 1, 776, 777, 778, 9_999, 10_000}) {
      var received = new ByteArrayOutputStream();
      received.write(content, 0, skipped);
      try (var out = new SkippingOutput(received, skipped)) {
        for (int at = 0; at < content.length; at += 777) {
          out.write(content, at, Math.min(777, content.length - at));
        }
        out.finish();
      }
      assertThat(received.toByteArray()).isEqualTo(content);
    }
  }

  @Test
  void skippingMoreThanThereIsIsRefused() throws IOException {
    try (var out = new SkippingOutput(new ByteArrayOutputStream(), 11)) {
      out.write(content, 0, 10);
      assertThatThrownBy(out::finish).isInstanceOf(BackupException.class);
    }
  }
}
