package dev.keyhold.store;

import java.util.List;
import java.util.Optional;

/// Takes the rows of a database, table by table, without knowing what they mean.
public interface RowSink {
  /// The rows of this table follow.
  ///
  /// @param columns in the order of the values of each row
  void table(String name, List<String> columns);

  /// @param values each a `Long`, a `String` or [Bytes]; empty for NULL
  void row(List<Optional<Object>> values);
}
