package dev.keyhold.seal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// The file of a root key, and those beside it while another one takes its place and after:
///
///     NAME            the root key
///     NAME.new        the next one, from before the store takes it until this has its name
///     NAME.old-ID     one that was replaced, which older backups need
///
/// At no moment, not even after a power cut, is one of the two keys without a name.
public record RootKeyFile(Path file) {
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

  /// Puts the next one in the place of the present one, unless another process has.
  public void promote() throws IOException {
    try {
      PrivateFiles.move(next(), file);
    } catch (NoSuchFileException _) {
      // of several nodes with one file another was faster
    }
  }
}
