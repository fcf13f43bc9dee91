package dev.keyhold.audit;

import org.jspecify.annotations.Nullable;

/// The last texts of what follows the time and the request's id in a record: a caller who wraps
/// data keys all day leaves records that differ in nothing else. A few of them, each in the one
/// place that its hash says. Used by one thread.
final class RecordTails {
  private static final int PLACES = 64; // some 25 KiB

  private final @Nullable Known[] places = new Known[PLACES];

  private record Known(Like like, Text text) {}

  /// All that the text is made of.
  private record Like(
      AuditEntry.Who who,
      String domain,
      String user,
      String credential,
      String source,
      String action,
      String project,
      String key,
      Outcome outcome,
      int status,
      String error) {
    boolean is(AuditEntry entry) {
      return status == entry.status
          && who == entry.who
          && outcome == entry.outcome
          && key.equals(entry.key)
          && user.equals(entry.user)
          && action.equals(entry.action)
          && credential.equals(entry.credential)
          && source.equals(entry.source)
          && project.equals(entry.project)
          && domain.equals(entry.domain)
          && error.equals(entry.error);
    }
  }

  /// Bytes that nobody changes.
  private static final class Text {
    private final byte[] bytes;

    Text(byte[] bytes) {
      this.bytes = bytes;
    }
  }

  /// @return null when it is not known
  byte @Nullable [] of(AuditEntry entry) {
    Known known = places[place(entry)];
    return known != null && known.like().is(entry) ? known.text().bytes : null;
  }

  /// @param text that nobody changes from here on
  void keep(AuditEntry entry, byte[] text) {
    var like =
        new Like(
            entry.who,
            entry.domain,
            entry.user,
            entry.credential,
            entry.source,
            entry.action,
            entry.project,
            entry.key,
            entry.outcome,
            entry.status,
            entry.error);
    places[place(entry)] = new Known(like, new Text(text));
  }

  private static int place(AuditEntry entry) {
    int hash = 31 * (31 * entry.key.hashCode() + entry.user.hashCode()) + entry.action.hashCode();
    return (hash ^ hash >>> 16) & PLACES - 1;
  }
}
