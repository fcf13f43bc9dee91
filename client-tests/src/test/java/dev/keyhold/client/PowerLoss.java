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
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// A disk that keeps only what was synced: `src/test/c/powerloss.c`, preloaded into a process, and
/// the undoing of what the process had done and not synced when it was killed.
final class PowerLoss {
  private static final int HEAD_BYTES = 1 + 4 + 4 * 8;

  private final Path library;
  private final Path folder;
  private final Path journal;
  private final Path kept;

  /// What one undoing did.
  ///
  /// @param writes and truncations taken back
  /// @param names that files lost, got back or exchanged, and folders that went
  /// @param syncs of files since the undoing before, by the files' names
  record Undone(int writes, int names, Map<String, Integer> syncs) {}

  private record Step(char kind, Path path, long inode, long offset, long size, ByteBuffer old) {
    /// Whether this write is one of what that write made safe. How far one reached that made the
    /// file longer is not known here: that is its own.
    boolean isWithin(Step range) {
      boolean grew = offset + old.capacity() >= size;
      return kind == 'W'
          && (grew ? offset == range.offset() : offset >= range.offset())
          && offset + old.capacity() <= range.offset() + range.size();
    }
  }

  private PowerLoss(Path library, Path folder, Path work) {
    this.library = library;
    this.folder = folder;
    this.journal = work.resolve("powerloss.journal");
    this.kept = work.resolve("kept");
    makeFolder(kept);
  }

  private static void makeFolder(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// @param folder on whose files power is lost
  /// @param work for the library and its journal, on the same file system
  /// @return empty where there is no C compiler
  static Optional<PowerLoss> on(Path folder, Path work) {
    return Preloaded.compile("powerloss", work)
        .map(library -> new PowerLoss(library, real(folder), real(work)));
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
        "POWERLOSS_JOURNAL", journal.toString(),
        "POWERLOSS_KEPT", kept.toString());
  }

  /// How often the process has synced files of this name since the last undoing.
  int syncs(String name) {
    try {
      return syncs(steps()).getOrDefault(name, 0);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static Map<String, Integer> syncs(List<Step> steps) {
    var syncs = new TreeMap<String, Integer>();
    steps.stream()
        .filter(step -> step.kind() == 'S' || step.kind() == 'R')
        .forEach(step -> syncs.merge(step.path().getFileName().toString(), 1, Integer::sum));
    return syncs;
  }

  /// How many writes, names and syncs there are since the last undoing.
  int entered() {
    try {
      return steps().size();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// To be called when the process is dead.
  Undone undo() {
    return undoFrom(Integer.MAX_VALUE);
  }

  /// As if power had been lost before the step of this number, from 0, of [#entered].
  Undone undoFrom(int lost) {
    try {
      Undone undone = undo(steps(), lost);
      Files.deleteIfExists(journal);
      ServerProcess.delete(kept);
      makeFolder(kept);
      return undone;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private List<Step> steps() throws IOException {
    return Files.exists(journal) ? steps(Files.readAllBytes(journal)) : List.of();
  }

  private static List<Step> steps(byte[] entered) {
    var steps = new ArrayList<Step>();
    var in = ByteBuffer.wrap(entered).order(ByteOrder.LITTLE_ENDIAN);
    while (in.remaining() >= HEAD_BYTES) {
      char kind = (char) in.get();
      byte[] path = new byte[in.getInt()];
      long inode = in.getLong();
      long offset = in.getLong();
      long size = in.getLong();
      long length = in.getLong();
      if (in.remaining() < path.length + length) {
        break; // killed while it entered what it had not yet done
      }
      in.get(path);
      byte[] old = new byte[Math.toIntExact(length)];
      in.get(old);
      var file = Path.of(new String(path, UTF_8));
      steps.add(new Step(kind, file, inode, offset, size, ByteBuffer.wrap(old)));
    }
    return steps;
  }

  /// From the last to the first, passing over what a later sync made safe. What was written is a
  /// file's whatever it is called, what it is called is its folder's.
  private Undone undo(List<Step> steps, int lost) throws IOException {
    Set<Long> syncedFiles = new HashSet<>();
    var syncedRanges = new HashMap<Long, List<Step>>();
    Set<Path> syncedFolders = new HashSet<>();
    int writes = 0;
    int names = 0;
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      boolean happened = i < lost;
      switch (step.kind()) {
        case 'S', 'R', 'D' -> {
          if (happened) {
            synced(step, syncedFiles, syncedRanges, syncedFolders);
          }
        }
        case 'N', 'M' -> {
          if (!syncedFolders.contains(step.path().getParent()) && rename(step)) {
            names++;
          }
        }
        default -> {
          boolean synced =
              syncedFiles.contains(step.inode())
                  || syncedRanges.getOrDefault(step.inode(), List.of()).stream()
                      .anyMatch(step::isWithin);
          if (!synced && restore(step)) {
            writes++;
          }
        }
      }
    }
    return new Undone(writes, names, syncs(steps));
  }

  private static void synced(
      Step step, Set<Long> files, Map<Long, List<Step>> ranges, Set<Path> folders) {
    switch (step.kind()) {
      case 'S' -> files.add(step.inode());
      case 'R' -> ranges.computeIfAbsent(step.inode(), _ -> new ArrayList<>()).add(step);
      default -> folders.add(step.path());
    }
  }

  /// Gives the name back to whom it was taken from.
  private boolean rename(Step step) throws IOException {
    Path name = step.path();
    if (step.inode() == inode(name) || !Files.exists(name.getParent())) {
      return false; // it was not done, or goes with its folder
    }
    if (step.kind() == 'M') {
      ServerProcess.delete(name);
      return true;
    }
    Files.deleteIfExists(name);
    if (step.inode() != 0) {
      Files.createLink(name, kept(step));
    }
    return true;
  }

  private Path kept(Step step) {
    return kept.resolve(Long.toString(step.inode()));
  }

  /// 0 when there is no such file.
  private static long inode(Path file) throws IOException {
    return Files.exists(file) ? (long) Files.getAttribute(file, "unix:ino") : 0;
  }

  private boolean restore(Step step) throws IOException {
    Path there = Files.exists(kept(step)) ? kept(step) : step.path();
    if (inode(there) != step.inode()) {
      return false; // its name is taken back already, and with it all that it was
    }
    try (var file = FileChannel.open(there, StandardOpenOption.WRITE)) {
      file.write(step.old().duplicate(), step.offset());
      if (file.size() > step.size()) {
        file.truncate(step.size());
      }
    }
    return true;
  }
}
