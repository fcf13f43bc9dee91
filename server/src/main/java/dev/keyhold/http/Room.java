package dev.keyhold.http;

import java.util.concurrent.atomic.AtomicLong;

/// Bytes that all event loops may use together. One loop may use nearly all of them: a share for
/// each would be too small for the largest bodies where there are many processors.
final class Room {
  private final AtomicLong left;
  private final long portion;

  /// @param loops that use it
  Room(long bytes, int loops) {
    left = new AtomicLong(bytes);
    portion = bytes / loops / 8;
  }

  /// What a loop had better take at once, so that loops seldom meet here, and keep at the most.
  long portion() {
    return portion;
  }

  /// @return false when there are not so many left
  boolean take(long bytes) {
    long now = left.get();
    while (now >= bytes) {
      long seen = left.compareAndExchange(now, now - bytes);
      if (seen == now) {
        return true;
      }
      now = seen;
    }
    return false;
  }

  void giveBack(long bytes) {
    left.addAndGet(bytes);
  }
}
