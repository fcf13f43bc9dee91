package dev.keyhold.audit;

import java.util.Optional;
import java.util.function.Supplier;

/// On whose behalf this thread works: changes that it makes are recorded as theirs, in the
/// transaction that makes them.
public sealed interface AuditScope {
  /// A call of the API, with its one record.
  record Call(AuditEntry entry) implements AuditScope {}

  /// What Keyhold does unasked; every transaction is recorded by itself.
  record Upkeep(AuditNode node, String action) implements AuditScope {}

  /// A part of a call that is no change anybody asked for.
  record Aside() implements AuditScope {}

  /// Runs `work` for a call.
  static <T> T of(AuditEntry entry, Supplier<T> work) {
    return bound(new Call(entry), work);
  }

  /// Runs `work`, which nobody has asked for.
  static <T> T upkeep(AuditNode node, String action, Supplier<T> work) {
    return bound(new Upkeep(node, action), work);
  }

  /// Runs `work` without recording what it changes.
  static <T> T aside(Supplier<T> work) {
    return bound(new Aside(), work);
  }

  /// Runs `work` in a scope of another thread.
  static <T> T bound(AuditScope scope, Supplier<T> work) {
    return ScopedValue.where(Current.SCOPE, scope).call(work::get);
  }

  static Optional<AuditScope> current() {
    return Current.SCOPE.isBound() ? Optional.of(Current.SCOPE.get()) : Optional.empty();
  }

  /// The record of what is done in this scope; a new one for each transaction that nobody asked
  /// for.
  default Optional<AuditEntry> toRecord() {
    return switch (this) {
      case Call(AuditEntry entry) -> Optional.of(entry);
      case Upkeep(AuditNode node, String action) -> Optional.of(AuditEntry.ofKeyhold(node, action));
      case Aside _ -> Optional.empty();
    };
  }

  /// Notes who the current call turned out to be from.
  static void caller(String domainId, String userId, String credential) {
    if (Current.SCOPE.isBound() && Current.SCOPE.get() instanceof Call(AuditEntry entry)) {
      entry.caller(domainId, userId, credential);
    }
  }

  /// Notes which key the current call is about.
  static void key(String keyId) {
    if (Current.SCOPE.isBound() && Current.SCOPE.get() instanceof Call(AuditEntry entry)) {
      entry.key(keyId);
    }
  }

  /// Notes the key that the current transaction changes, and its project.
  static void changed(String projectId, String keyId) {
    if (Current.SCOPE.isBound() && Current.SCOPE.get() instanceof Call(AuditEntry entry)) {
      entry.key(keyId);
      if (entry.project.isEmpty()) {
        entry.project(projectId);
      }
    }
  }
}
