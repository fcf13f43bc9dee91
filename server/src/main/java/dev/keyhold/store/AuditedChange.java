package dev.keyhold.store;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.audit.AuditRecords.Committed;
import dev.keyhold.audit.AuditScope;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;

/// An outermost change, with the record of whom it is made for in the same transaction: both are
/// there or neither is. What changed no row is not recorded here.
final class AuditedChange {
  private AuditedChange() {}

  /// Runs `work`, and records it.
  ///
  /// @param transaction runs what it is given in a transaction and commits it, on any thread and
  ///   more than once if it must, and returns when that is durable
  static <T> T run(Function<Session, T> work, Function<Function<Session, T>, T> transaction) {
    Optional<AuditScope> scope = AuditScope.current();
    if (scope.isEmpty()) {
      return transaction.apply(work);
    }
    var recorded = new AtomicReference<Optional<AuditEntry>>(Optional.empty());
    T value =
        transaction.apply(session -> {
          Optional<AuditEntry> entry = scope.get().toRecord();
          AuditScope inside = entry.<AuditScope>map(AuditScope.Call::new).orElse(scope.get());
          long before = session.rowsChanged();
          T result = AuditScope.bound(inside, () -> work.apply(session));
          boolean changed = session.rowsChanged() != before;
          // The first change of a call has its record already.
          recorded.set(entry.filter(it -> changed && !it.isCommitted()));
          recorded.get().ifPresent(it -> insert(session, it.record()));
          return result;
        });
    recorded.get().ifPresent(AuditEntry::committed);
    return value;
  }

  private static void insert(Session session, Committed event) {
    session.update(
        "INSERT INTO audit_event (id, recorded_at, record) VALUES (?, ?, ?)",
        event.id(),
        event.at().toEpochMilli(),
        event.record());
  }
}
