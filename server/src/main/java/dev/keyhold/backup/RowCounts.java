package dev.keyhold.backup;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/// How many rows each table had, in order.
final class RowCounts {
  private final SequencedMap<String, Long> byTable = new LinkedHashMap<>();
  private String current = "";

  void table(String name) {
    if (byTable.putIfAbsent(name, 0L) != null) {
      throw new IllegalArgumentException("the table " + name + " comes twice");
    }
    current = name;
  }

  void row() {
    byTable.merge(current, 1L, Long::sum);
  }

  Map<String, Long> byTable() {
    return byTable;
  }
}
