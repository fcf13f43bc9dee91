package dev.keyhold.audit;

import java.time.Instant;
import java.util.List;

/// The records that were committed with the changes they tell of.
public interface AuditRecords {
  /// A committed record.
  ///
  /// @param id the request's
  /// @param record as in docs/audit-format.md
  record Committed(Instant at, String id, String record) {}

  /// The records after `at` and `id`, in the order of these.
  List<Committed> after(Instant at, String id, int limit);
}
