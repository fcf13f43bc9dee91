package dev.keyhold.error;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Optional;

/// Failures that are no fault of this program, for its operator.
public final class Outside {
  private Outside() {}

  /// What a disk, a pipe or the operator did, in words; empty for what may be a fault of ours.
  public static Optional<String> inWords(Throwable failure) {
    return switch (failure) {
      case NoSuchFileException file -> Optional.of(file.getFile() + " is missing");
      case AccessDeniedException file ->
          Optional.of(file.getFile() + " may not be opened by this user");
      case FileSystemException file when file.getReason() != null ->
          Optional.of(file.getFile() + ": " + file.getReason());
      case IOException plain when plain.getClass() == IOException.class ->
          Optional.ofNullable(plain.getMessage());
      default -> Optional.empty();
    };
  }

  /// The same as part of a sentence, whatever it is.
  public static String words(Exception failure) {
    return inWords(failure).orElseGet(failure::toString);
  }
}
