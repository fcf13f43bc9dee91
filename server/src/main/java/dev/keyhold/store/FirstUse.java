package dev.keyhold.store;

/// What only one node of a new store may do.
public final class FirstUse {
  private FirstUse() {}

  /// Waits until no other transaction has this, and keeps it until the end of its own: what it
  /// reads from here on is what the others have left. To be called first.
  public static void claim(Session session) {
    session.update(
        "INSERT INTO lease (name, holder, until) VALUES ('first use', '', 0)"
            + " ON CONFLICT (name) DO UPDATE SET until = excluded.until");
  }
}
