package dev.keyhold.crypto;

import java.util.Optional;

/// Provider code at work on input that may be hostile. What providers throw then is of every kind,
/// checked or not, and says more than the sender may learn: it all becomes one answer.
final class Attempt {
  private Attempt() {}

  @FunctionalInterface
  interface Work<T> {
    T run() throws Exception;
  }

  /// @return empty when `work` throws
  static <T> Optional<T> at(Work<T> work) {
    try {
      return Optional.of(work.run());
    } catch (Exception _) {
      return Optional.empty();
    }
  }

  /// Work on what is ours and known to be good: if it fails, that is a bug.
  ///
  /// @param what a clause for the message, without secrets
  static <T> T must(String what, Work<T> work) {
    try {
      return work.run();
    } catch (Exception e) {
      throw new IllegalStateException(what, e);
    }
  }
}
