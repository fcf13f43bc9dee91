package dev.keyhold.http;

import dev.keyhold.audit.Lane;
import io.netty.channel.EventLoop;
import io.vertx.core.http.HttpHeaders;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The connections of one event loop, and its clock, which counts ticks: one look at all
/// connections a tick costs less than a timer for each request. Used on that event loop only.
final class EdgeLoop {
  private static final DateTimeFormatter HTTP_DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private final List<ConnectionGuard> guards = new ArrayList<>();
  final Departures departures = new Departures();
  private int now;
  private long second = Long.MIN_VALUE;
  private CharSequence date = "";
  private @Nullable Lane lane;

  private final Edge edge;

  // Of heads without an answer, and of bodies that are not whole. Nobody has authenticated yet who
  // sends them.
  private long heldBytes;
  private long taken; // of the room of all loops: what is held, and a little for what comes next

  private long unread; // of all connections, as of the last tick
  private boolean wasTooMuch; // of all event loops, at the last tick

  EdgeLoop(Edge edge) {
    this.edge = edge;
    setDate(Instant.now());
  }

  /// Makes room for a piece of an unfinished request, to be given back with [#giveBack].
  ///
  /// @return false when there is none
  boolean hold(int bytes) {
    if (heldBytes + bytes > taken && !takeMore(heldBytes + bytes - taken)) {
      return false;
    }
    heldBytes += bytes;
    return true;
  }

  private boolean takeMore(long missing) {
    long ample = Math.max(missing, edge.unfinished.portion());
    if (edge.unfinished.take(ample)) {
      taken += ample;
      return true;
    }
    if (edge.unfinished.take(missing)) {
      taken += missing;
      return true;
    }
    return false;
  }

  /// Where this loop hears of its audit records.
  ///
  /// @param thread the one of this loop
  Lane lane(EventLoop thread) {
    Lane known = lane;
    if (known == null) {
      known = new Lane(thread);
      lane = known;
    }
    return known;
  }

  void giveBack(long bytes) {
    heldBytes -= bytes;
    if (taken - heldBytes > 2 * edge.unfinished.portion()) {
      leave(edge.unfinished.portion());
    }
  }

  /// To the other loops all room but what is held, and `spare`.
  private void leave(long spare) {
    long more = taken - heldBytes - spare;
    if (more > 0) {
      edge.unfinished.giveBack(more);
      taken -= more;
    }
  }

  /// In ticks since the start.
  int now() {
    return now;
  }

  /// The value of `Date` (RFC 9110 §6.6.1), true to a tick.
  CharSequence date() {
    return date;
  }

  private void setDate(Instant time) {
    if (time.getEpochSecond() != second) {
      second = time.getEpochSecond();
      date = HttpHeaders.createOptimized(HTTP_DATE.format(time));
    }
  }

  void add(ConnectionGuard guard) {
    guard.place = guards.size();
    guards.add(guard);
  }

  void remove(ConnectionGuard guard) {
    ConnectionGuard last = guards.removeLast();
    if (last != guard) {
      guards.set(guard.place, last);
      last.place = guard.place;
    }
  }

  void tick() {
    now++;
    setDate(Instant.now());
    leave(0);
    long bytes = 0;
    int slow = 0;
    // Downwards: one that closes takes itself out. It may take others along, whose answers leave
    // with its own.
    for (int i = guards.size() - 1; i >= 0; i = Math.min(i, guards.size()) - 1) {
      ConnectionGuard guard = guards.get(i);
      guard.tick(now);
      long its = guard.unread();
      bytes += its;
      slow += its > 0 ? 1 : 0;
    }
    long all = edge.unread.addAndGet(bytes - unread);
    unread = bytes;
    boolean tooMuch = all > edge.limits.unreadBytes();
    // What the others had at their last tick may have been read since: the next look is fresh.
    if (tooMuch && wasTooMuch && slow > 0) {
      edge.tellOfUnread();
      // This loop's share, by what it has, and of that an equal share for each connection.
      double share = (double) edge.limits.unreadBytes() * bytes / all;
      closeAbove((long) (share / slow));
    }
    wasTooMuch = tooMuch;
  }

  private void closeAbove(long most) {
    for (int i = guards.size() - 1; i >= 0; i = Math.min(i, guards.size()) - 1) {
      ConnectionGuard guard = guards.get(i);
      if (guard.unread() > most) {
        guard.cut();
      }
    }
  }
}
