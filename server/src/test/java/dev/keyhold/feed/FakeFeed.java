package dev.keyhold.feed;

import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A feed in memory, which can be cut off, cut short and replaced.
final class FakeFeed implements ChangeFeed {
  final List<Entry> entries = new ArrayList<>(List.of(new Entry(0, "KEY", "none", 0, "")));
  boolean down;
  long history = 1;
  Runnable beforeAnswer = () -> {};

  void add(Change.Kind kind, String id) {
    add(kind.name(), id);
  }

  void add(String kind, String id) {
    entries.add(new Entry(entries.getLast().position() + 1, kind, id, 7, "other"));
  }

  @Override
  public List<Entry> from(long position, int limit) {
    answer();
    return entries.stream().filter(entry -> entry.position() >= position).limit(limit).toList();
  }

  @Override
  public Entry newest() {
    answer();
    return entries.getLast();
  }

  @Override
  public long history() {
    return history;
  }

  private void answer() {
    beforeAnswer.run();
    if (down) {
      throw new Unavailable("the test's store", new IllegalStateException("down"));
    }
  }

  @Override
  public void await(Duration longest) {}

  @Override
  public void close() {}
}
