package dev.keyhold.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The log of what no transaction records: calls that change nothing, and refusals. One thread
/// writes. It takes all records that wait, writes them with one call, forces them to the disk once,
/// and wakes each [Lane] once; what arrives meanwhile is the next group. There is no timer: a lone
/// record is written at once.
///
/// When the disk fails, all waiting records fail and no more are taken, until a record written by
/// way of trial, `resume-audit`, is on the disk.
public final class AuditLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
  private static final long SEGMENT_BYTES = 16L * 1024 * 1024;
  private static final int WRITE_BYTES = 256 * 1024;
  private static final Duration MOST_WAITED_FOR = Duration.ofSeconds(1);
  private static final Duration RETRY = Duration.ofMillis(500);

  /// A disk that takes longer for a group is taken for blocked: no more records are taken.
  private static final Duration BLOCKED = Duration.ofSeconds(1);

  /// How often it is looked whether the segment is in its place, while there are records.
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final AuditFolder folder;
  private final Segments segments;
  private final AuditSync sync;
  private final AuditNode node;
  private final RecordText text;
  private final AtomicReference<@Nullable AuditEntry> waiting = new AtomicReference<>();
  private final List<Lane> lanes = new ArrayList<>();
  private final Thread thread;
  private volatile boolean healthy = true;
  private volatile boolean closed;
  private volatile long busySince; // 0 between groups
  private boolean complained;
  private long looked = System.nanoTime();
  private long newest; // of the times of records, in milliseconds

  private AuditLog(
      AuditFolder folder, Segments segments, AuditSync sync, InstantSource clock, long newest) {
    this.folder = folder;
    this.segments = segments;
    this.sync = sync;
    this.node = new AuditNode(folder.node(), clock);
    this.text = new RecordText(folder.node());
    this.newest = newest;
    this.thread = Thread.ofPlatform().daemon().name("keyhold-audit").unstarted(this::run);
  }

  /// Opens the folder, made if it is missing, and cuts off what was not finished.
  ///
  /// @param clock what the times of records are read from
  /// @throws AuditException when it can't be used
  public static AuditLog open(Path folder, AuditSync sync, InstantSource clock) {
    return open(folder, sync, clock, Disk.real(), SEGMENT_BYTES);
  }

  static AuditLog open(
      Path path, AuditSync sync, InstantSource clock, Disk disk, long segmentBytes) {
    AuditFolder folder = AuditFolder.open(path, disk);
    try {
      var segments = new Segments(path, disk, sync, segmentBytes);
      long newest =
          segments.open(clock.instant()).map(Instant::toEpochMilli).orElse(Long.MIN_VALUE);
      var log = new AuditLog(folder, segments, sync, clock, newest);
      log.thread.start();
      return log;
    } catch (IOException e) {
      try {
        folder.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw new AuditException("The audit folder " + path + " can't be used: " + e + ".", e);
    }
  }

  /// This server, as records name it.
  public AuditNode node() {
    return node;
  }

  /// Hands over a record, which nobody may change from here on. Never waits. To be called on the
  /// thread of `lane`.
  ///
  /// @param waiter is told on `lane` when the record is durable, or can't be made so
  /// @return false when no record can be taken now; `waiter` is not told
  public boolean append(AuditEntry entry, Lane lane, AuditEntry.Waiting waiter) {
    if (!isHealthy() || closed) {
      return false;
    }
    entry.lane = lane;
    entry.waiting = waiter;
    lane.collect(entry, this);
    return true;
  }

  /// Puts the records of a lane before the writer.
  ///
  /// @param newest whose chain ends with `oldest`
  void push(AuditEntry newest, AuditEntry oldest) {
    AuditEntry before;
    do {
      before = waiting.get();
      oldest.next = before;
    } while (!waiting.compareAndSet(before, newest));
    if (before == null) {
      LockSupport.unpark(thread);
    }
  }

  /// Whether records are taken.
  public boolean isHealthy() {
    long since = busySince;
    return healthy && (since == 0 || System.nanoTime() - since < BLOCKED.toNanos());
  }

  /// Writes what waits, and ends.
  @Override
  public void close() {
    closed = true;
    LockSupport.unpark(thread);
    try {
      thread.join(Duration.ofSeconds(5));
      segments.close();
      folder.close();
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.warn("the audit log could not be closed in an orderly way", e);
    }
  }

  private void run() {
    while (true) {
      AuditEntry group = inOrder(waiting.getAndSet(null));
      if (group != null) {
        take(group);
      } else if (closed) {
        if (!healthy) {
          resume(); // or what only memory has would be lost
        }
        return;
      } else if (healthy) {
        LockSupport.park(this);
      } else {
        LockSupport.parkNanos(this, RETRY.toNanos());
        resume();
      }
    }
  }

  /// The stack has the newest first.
  private static @Nullable AuditEntry inOrder(@Nullable AuditEntry newest) {
    AuditEntry ordered = null;
    for (AuditEntry entry = newest; entry != null; ) {
      AuditEntry older = entry.next;
      entry.next = ordered;
      ordered = entry;
      entry = older;
    }
    return ordered;
  }

  private void take(AuditEntry group) {
    if (sync == AuditSync.EACH) {
      for (AuditEntry entry = group; entry != null; ) {
        AuditEntry following = entry.next;
        entry.next = null;
        settle(entry, healthy && write(entry));
        entry = following;
      }
    } else {
      settle(group, healthy && write(group));
    }
  }

  /// @return whether all of it is as durable as it is to be
  private boolean write(AuditEntry group) {
    busySince = System.nanoTime() | 1; // not 0
    try {
      if (System.nanoTime() - looked > LOOK.toNanos()) {
        looked = System.nanoTime();
        segments.requireInPlace();
      }
      segments.roll();
      long now = timeInOrder(node.clock().millis());
      int count = 0;
      text.clear();
      for (AuditEntry entry = group; entry != null; entry = entry.next) {
        text.line(entry, now);
        count++;
        if (text.length() > WRITE_BYTES) {
          segments.write(text.bytes(), text.length(), count);
          text.clear();
          count = 0;
        }
      }
      segments.write(text.bytes(), text.length(), count);
      segments.keep();
      return true;
    } catch (IOException | RuntimeException e) {
      fail(e);
      return false;
    } finally {
      busySince = 0;
    }
  }

  /// The records of a segment are in the order of their times. A clock that was set back begins
  /// another one, unless it was so little that waiting for it makes no difference.
  private long timeInOrder(long shown) throws IOException {
    if (shown < newest && newest - shown > MOST_WAITED_FOR.toMillis()) {
      segments.beginAnother();
      newest = shown;
    }
    newest = Math.max(newest, shown);
    return newest;
  }

  private void fail(Exception cause) {
    healthy = false;
    if (!complained) {
      complained = true;
      // A full disk must not be filled further by a line a call.
      LOG.error(
          "the audit log can't be written ({}): calls are refused with 503 until it can be",
          String.valueOf(cause));
    }
    segments.undo();
  }

  private void resume() {
    try {
      segments.recover();
    } catch (IOException | RuntimeException e) {
      LOG.debug("the audit log still can't be opened", e);
      return;
    }
    if (write(AuditEntry.ofKeyhold(node, "resume-audit"))) {
      complained = false;
      healthy = true;
      LOG.info("the audit log is written again");
    }
  }

  private void settle(AuditEntry group, boolean durable) {
    for (AuditEntry entry = group; entry != null; ) {
      AuditEntry following = entry.next;
      Lane lane = entry.lane;
      if (lane != null && lane.add(entry)) {
        lanes.add(lane);
      }
      entry = following;
    }
    lanes.forEach(lane -> lane.settle(durable));
    lanes.clear();
  }
}
