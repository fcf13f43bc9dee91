package dev.keyhold.feed;

/// What each cache may take of the heap, in one list, so that all of them together fit whatever is
/// asked of a node. An entry is counted at about what the largest of its kind takes, with its key
/// and its place in the map.
public enum CacheShare {
  /// Opened keys. An RSA key takes that much; an AES key a third.
  KEYS(30, 6_000, 100_000),
  KEKS(8, 2_500, 20_000),
  USERS(5, 900, 100_000),
  ACCESS_KEYS(4, 700, 50_000),
  GRANTS(5, 500, 50_000),
  ALIASES(4, 600, 50_000),
  DEFAULT_KEYS(2, 500, 20_000),
  /// Of all domains together: an entry is a project.
  PROJECTS(4, 300, 100_000);

  private final int percent;
  private final int bytesEach;
  private final int most;

  CacheShare(int percent, int bytesEach, int most) {
    this.percent = percent;
    this.bytesEach = bytesEach;
    this.most = most;
  }

  public int percent() {
    return percent;
  }

  /// How many entries fit into the share of this process's heap.
  public int entries() {
    return entriesOf(Runtime.getRuntime().maxMemory());
  }

  int entriesOf(long heapBytes) {
    return Math.toIntExact(Math.min(most, heapBytes / 100 * percent / bytesEach));
  }
}
