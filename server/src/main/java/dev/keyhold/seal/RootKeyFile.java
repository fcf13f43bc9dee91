package dev.keyhold.seal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// The file of a root key, and those beside it while another one takes its place and after:
///
///     NAME            the root key
///     NAME.new        the next one, from before the store takes it until this has its name
///     NAME.old-ID     one that was replaced, which older backups need
///
/// At no moment, not even after a power cut, is one of the two keys without a name.
public record RootKeyFile(Path file) {
  private static final Duration LOCK_WAIT = Duration.ofSeconds(10);

  /// @param configured may be a symbolic link, of which the file itself is meant
  public static RootKeyFile at(Path configured) {
    try {
      return new RootKeyFile(configured.toRealPath());
    } catch (IOException _) { // it is not there yet
      return new RootKeyFile(configured.toAbsolutePath());
    }
  }

  /// Where the next one is.
  public Path next() {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  public boolean hasNext() {
    return Files.exists(next());
  }

  /// Keeps others who change what is in these files away, of other stores and nodes with the same
  /// file too. Held from reading a root key until another one is in its place, or it opens with
  /// another passphrase: otherwise the one could be written over the other.
  ///
  /// @throws IOException when nothing can be written there, or another does not let go of it
  public Locked lock() throws IOException {
    return Locked.on(file, LOCK_WAIT);
  }

  /// Likewise if there is a next one, for who may put it into its place.
  ///
  /// @return empty when there is none, or nothing can be put there now
  public Optional<Locked> lockUnfinished() {
    try {
      return hasNext() ? Optional.of(lock()) : Optional.empty();
    } catch (IOException _) { // as on a file system that only reads
      return Optional.empty();
    }
  }

  /// Has the next one on the disk, whoever has made it. To be called before a store takes it.
  public void syncNext() throws IOException {
    PrivateFiles.sync(next());
  }

  /// Has the present one under another name, too.
  ///
  /// @param id of that root key
  /// @return where it is
  public Path keep(String id) throws IOException {
    for (int i = 1; ; i++) {
      String end = i == 1 ? "" : "-" + i; // as after a change of its passphrase
      Path kept = file.resolveSibling(file.getFileName() + ".old-" + id + end);
      if (!Files.exists(kept) || Files.mismatch(kept, file) < 0) {
        PrivateFiles.link(file, kept);
        return kept;
      }
    }
  }

  /// Puts the next one in the place of the present one.
  public void promote() throws IOException {
    PrivateFiles.move(next(), file);
  }
}
