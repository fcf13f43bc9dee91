package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// A disk that keeps only what was synced: `src/test/c/powerloss.c`, preloaded into a process, and
/// the undoing of what the process had written and not synced when it was killed.
final class PowerLoss {
  private static final int HEAD_BYTES = 1 + 4 + 3 * 8;

  private final Path library;
  private final Path folder;
  private final Path journal;

  /// What one undoing did.
  ///
  /// @param syncs of files, since the undoing before
  record Undone(int writes, int files, int syncs) {}

  private record Step(char kind, Path path, long offset, long size, ByteBuffer old) {}

  private PowerLoss(Path library, Path folder, Path journal) {
    this.library = library;
    this.folder = folder;
    this.journal = journal;
  }

  /// @param folder on whose files power is lost
  /// @param work for the library and its journal
  /// @return empty where there is no C compiler
  static Optional<PowerLoss> on(Path folder, Path work) {
    return Preloaded.compile("powerloss", work)
        .map(library -> new PowerLoss(library, real(folder), work.resolve("powerloss.journal")));
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// For the environment of the process.
  Map<String, String> environment() {
    return Map.of(
        "LD_PRELOAD", library.toString(),
        "POWERLOSS_FOLDER", folder.toString(),
        "POWERLOSS_JOURNAL", journal.toString());
  }

  /// To be called when the process is dead.
  Undone undo() {
    try {
      List<Step> steps = Files.exists(journal) ? steps(Files.readAllBytes(journal)) : List.of();
      Files.deleteIfExists(journal);
      return undo(steps);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<Step> steps(byte[] journal) {
    var steps = new ArrayList<Step>();
    var in = ByteBuffer.wrap(journal).order(ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= HEAD_BYTES) {
      char kind = (char) in.get();
      byte[] path = new byte[in.getInt()];
      long offset = in.getLong();
      long size = in.getLong();
      long length = in.getLong();
      if (in.remaining() < path.length + length) {
        break; // killed while it entered what it had not yet done
      }
      in.get(path);
      byte[] old = new byte[Math.toIntExact(length)];
      in.get(old);
      steps.add(
          new Step(kind, Path.of(new String(path, UTF_8)), offset, size, ByteBuffer.wrap(old)));
    }
    return steps;
  }

  /// From the last to the first, passing over what a later sync made safe.
  private static Undone undo(List<Step> steps) throws IOException {
    Set<Path> syncedFiles = new HashSet<>();
    Set<Path> syncedFolders = new HashSet<>();
    int writes = 0;
    int files = 0;
    int syncs = 0;
    for (Step step : steps.reversed()) {
      switch (step.kind()) {
        case 'S' -> {
          syncs++;
          syncedFiles.add(step.path());
        }
        case 'D' -> syncedFolders.add(step.path());
        case 'C' -> {
          if (!syncedFolders.contains(step.path().getParent())
              && Files.deleteIfExists(step.path())) {
            files++;
          }
          syncedFiles.remove(step.path()); // what had the name before is another file
        }
        default -> {
          if (!syncedFiles.contains(step.path()) && Files.exists(step.path())) {
            restore(step);
            writes++;
          }
        }
      }
    }
    return new Undone(writes, files, syncs);
  }

  private static void restore(Step step) throws IOException {
    try (var file = FileChannel.open(step.path(), StandardOpenOption.WRITE)) {
      file.write(step.old().duplicate(), step.offset());
      if (file.size() > step.size()) {
        file.truncate(step.size());
      }
    }
  }
}
