package dev.keyhold.audit;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread that waits for records: it is woken once for all of its records in a group.
public final class Lane {
  private static final Logger LOG = LoggerFactory.getLogger(Lane.class);

  private final Executor executor;

  // Of this lane's thread: what it has to hand over, the newest first.
  private @Nullable AuditEntry newest;
  private @Nullable AuditEntry oldest;

  // Of the log's thread.
  private @Nullable AuditEntry first;
  private @Nullable AuditEntry last;

  /// @param executor runs what it is given in order, on one thread
  public Lane(Executor executor) {
    this.executor = executor;
  }

  /// Hands `entry` over when this thread has done what it is at, together with what else comes up
  /// until then: the requests of one look at the sockets are written in one group.
  void collect(AuditEntry entry, AuditLog log) {
    AuditEntry before = newest;
    entry.next = before;
    newest = entry;
    if (before == null) {
      oldest = entry;
      try {
        executor.execute(() -> handOver(log));
      } catch (RejectedExecutionException _) {
        newest = null;
        LOG.debug("a call outlived the server");
      }
    }
  }

  private void handOver(AuditLog log) {
    AuditEntry first = newest;
    AuditEntry end = oldest;
    newest = null;
    oldest = null;
    if (first != null && end != null) {
      log.push(first, end);
    }
  }

  /// @return whether it is the first of its group
  boolean add(AuditEntry entry) {
    entry.next = null;
    AuditEntry before = last;
    last = entry;
    if (before == null) {
      first = entry;
      return true;
    }
    before.next = entry;
    return false;
  }

  void settle(boolean durable) {
    AuditEntry group = first;
    first = null;
    last = null;
    try {
      executor.execute(() -> settle(group, durable));
    } catch (RejectedExecutionException _) {
      LOG.debug("calls outlived the server");
    }
  }

  private static void settle(@Nullable AuditEntry group, boolean durable) {
    for (AuditEntry entry = group; entry != null; ) {
      AuditEntry following = entry.next;
      AuditEntry.Waiting waiting = entry.waiting;
      if (waiting != null) {
        try {
          waiting.settled(durable);
        } catch (RuntimeException bug) { // the others must hear too
          LOG.error("a recorded call could not be answered", bug);
        }
      }
      entry = following;
    }
  }
}
