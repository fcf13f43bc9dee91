package dev.keyhold.feed;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.List;

/// The changes of a shared store in the order of their commits. A reader who has seen a position
/// has seen everything before it, for ever: no change turns up late.
///
/// There is always an entry, were it a very old one, at the newest position. So a reader who asks
/// from the entry that it saw last, and does not get that very entry first, knows that it has
/// missed some, or that the store was replaced by an older copy of itself. Not everything leaves an
/// entry: that such a copy lacks a new key shows in nothing but another [#history].
public interface ChangeFeed extends AutoCloseable {
  /// One change.
  ///
  /// @param kind the name of a [Change.Kind], perhaps of a newer version of Keyhold
  /// @param at by the store's clock, in milliseconds since 1970
  /// @param node which node made it
  record Entry(long position, String kind, String id, long at, String node) {}

  /// The entries from `position` on, itself included, at most `limit`.
  ///
  /// @throws Unavailable when the store does not answer
  List<Entry> from(long position, int limit);

  /// @throws Unavailable when the store does not answer
  Entry newest();

  /// Which history of the store the last answer is of. As long as it is the same, nothing that was
  /// read of the store, by whichever way, can have been lost since. It is another one whenever that
  /// is not known.
  long history();

  /// Waits until there may be more, for `longest` at the most.
  void await(Duration longest) throws InterruptedException;

  @Override
  void close();
}
