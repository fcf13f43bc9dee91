package dev.keyhold.crypto;

import java.util.concurrent.locks.ReentrantReadWriteLock;

/// Stands between the users of a secret and its end: it is wiped when the last use is over, and
/// never under one, where half a key might sign.
final class Guard {
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  @FunctionalInterface
  interface Use<T> {
    T run();
  }

  /// @throws IllegalStateException when the secret is closed
  <T> T use(Use<T> use) {
    lock.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("the key is closed");
      }
      return use.run();
    } finally {
      lock.readLock().unlock();
    }
  }

  /// Runs `destroy` the first time, after the uses that have begun.
  void close(Runnable destroy) {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        destroy.run();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }
}
