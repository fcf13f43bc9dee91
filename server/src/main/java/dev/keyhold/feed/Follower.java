package dev.keyhold.feed;

import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.error.Throttle;
import dev.keyhold.feed.ChangeFeed.Entry;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that follows the change feed: it forgets what has changed, in order, and only then
/// says how fresh this node is. When the store's history may be another one it forgets everything:
/// it may be a copy that lacks the last changes, new keys among them.
///
/// It applies this node's own changes too. They are forgotten already, except where a commit
/// succeeded and the connection broke before the node heard of it.
public final class Follower implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Follower.class);
  private static final Duration PERIOD = Duration.ofMillis(250);
  private static final Duration LAST_WAIT = Duration.ofSeconds(5);
  private static final Duration BETWEEN_STACKS = Duration.ofMinutes(1);
  private static final int BATCH = 1_000;

  private final ChangeFeed feed;
  private final Map<Change.Kind, Followed> caches;
  private final Freshness freshness;
  private final LongSupplier nanoTime;
  private final Throttle failures;
  private final Thread thread =
      Thread.ofPlatform().daemon().name("change-feed").unstarted(this::follow);
  private volatile boolean closed;

  // Of one thread at a time from here on.
  private Optional<Entry> last = Optional.empty();
  private long history; // what is in memory is of it
  private boolean failing;
  private boolean stale;

  /// Closes `feed` when it is closed.
  ///
  /// @param caches one for every kind
  /// @param nanoTime the one of `freshness`
  public Follower(
      ChangeFeed feed,
      Map<Change.Kind, Followed> caches,
      Freshness freshness,
      LongSupplier nanoTime) {
    for (Change.Kind kind : Change.Kind.values()) {
      if (!caches.containsKey(kind)) {
        throw new IllegalArgumentException("nobody forgets " + kind);
      }
    }
    this.feed = feed;
    this.caches = Map.copyOf(caches);
    this.freshness = freshness;
    this.nanoTime = nanoTime;
    this.failures = new Throttle(nanoTime, BETWEEN_STACKS);
  }

  /// Follows from now on; the node is fresh when this returns.
  ///
  /// @throws Unavailable when the store does not answer
  public Follower start() {
    poll();
    thread.start();
    return this;
  }

  private void follow() {
    try {
      while (!closed) {
        look();
        feed.await(PERIOD);
      }
    } catch (InterruptedException _) {
      if (!closed) {
        LOG.error("the thread that follows the change feed was interrupted"); // it is ours alone
      }
    }
  }

  /// One look, whatever becomes of it.
  public void look() {
    try {
      poll();
      recovered();
    } catch (Unavailable failure) {
      failed(failure);
    } catch (RuntimeException bug) {
      failures // the node gets stale, and says so
          .pass()
          .ifPresent(untold ->
              LOG.error("following the change feed failed, and {} times before", untold, bug));
      failed(bug);
    }
  }

  private void poll() {
    long began = nanoTime.getAsLong();
    boolean more = true;
    while (more) {
      more = last.isEmpty() ? begin() : advance(last.get());
    }
    freshness.knownAt(began);
  }

  private boolean begin() {
    Entry newest = feed.newest();
    forgetAll(); // after the look: whatever is loaded from here on is at least as new
    last = Optional.of(newest);
    history = feed.history();
    return false;
  }

  /// @return whether there may be more
  private boolean advance(Entry seen) {
    List<Entry> entries = feed.from(seen.position(), BATCH);
    if (feed.history() != history) {
      LOG.info("the store may have lost changes: all caches are emptied");
      return begin();
    }
    if (entries.isEmpty() || !entries.getFirst().equals(seen)) {
      LOG.warn(
          "the change feed no longer has what came after position {}: all caches are emptied",
          seen.position());
      return begin();
    }
    long expected = seen.position();
    for (Entry entry : entries.subList(1, entries.size())) {
      expected++;
      if (entry.position() != expected) {
        LOG.warn("the change feed has no entry at position {}: all caches are emptied", expected);
        return begin();
      }
      apply(entry);
      last = Optional.of(entry);
    }
    return entries.size() == BATCH;
  }

  private void apply(Entry entry) {
    Optional<Followed> cache = Change.Kind.find(entry.kind()).map(caches::get);
    try {
      cache
          .orElseThrow(() -> new IllegalArgumentException("no such kind"))
          .forget()
          .accept(entry.id());
    } catch (IllegalArgumentException e) {
      // Perhaps of a newer version: what it has changed is not known here.
      LOG.info("change {} of the kind {} is not understood", entry.position(), entry.kind());
      forgetAll();
    }
  }

  private void forgetAll() {
    caches.values().forEach(cache -> cache.forgetAll().run());
  }

  private void failed(RuntimeException failure) {
    if (!failing) {
      failing = true;
      LOG.warn("the change feed can't be read: {}", reason(failure));
    }
    if (!stale && !freshness.isFresh()) {
      stale = true;
      LOG.error("this node no longer knows what the others change: it refuses what needs a cache");
    }
  }

  private void recovered() {
    if (failing) {
      failing = false;
      LOG.info("the change feed is read again{}", stale ? ": this node serves again" : "");
      stale = false;
    }
  }

  private static String reason(RuntimeException failure) {
    Throwable cause = failure.getCause();
    return String.valueOf(cause == null ? failure : cause);
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      if (thread.isAlive() && !thread.join(LAST_WAIT)) {
        LOG.warn("the thread that follows the change feed did not end in time");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } finally {
      feed.close();
    }
  }
}
