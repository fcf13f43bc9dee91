package dev.keyhold;

import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Optional;

/// When a server was last seen running on a data folder, by the system's clock: the file
/// `last-seen` in it, one line such as `2026-11-24T12:00:00Z`. It is no part of a backup, so that a
/// restored store counts as one of which nobody knows.
///
/// @param file need not be there
record LastSeen(Path file) {
  static LastSeen in(Path folder) {
    return new LastSeen(folder.resolve("last-seen"));
  }

  /// @return empty when nobody has written it, or something else is there
  Optional<Instant> read() {
    try {
      return Files.exists(file)
          ? Optional.of(Instant.parse(Files.readString(file, StandardCharsets.US_ASCII).strip()))
          : Optional.empty();
    } catch (IOException | DateTimeException _) {
      return Optional.empty(); // the clock is doubted, which is safe
    }
  }

  /// Replaces it durably.
  void write(Instant time) throws IOException {
    PrivateFiles.replace(file, (time + "\n").getBytes(StandardCharsets.US_ASCII));
  }
}
