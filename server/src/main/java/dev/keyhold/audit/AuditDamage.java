package dev.keyhold.audit;

import java.nio.file.Path;

/// What of an audit folder is not as it was written. Its text is for an operator.
public sealed interface AuditDamage {
  /// A line that is no record any more.
  ///
  /// @param number from 1
  record Line(Path file, long number) implements AuditDamage {
    @Override
    public String toString() {
      return file + " line " + number + " is damaged";
    }
  }

  /// Records that have a number and are in no file.
  ///
  /// @param next the file before which they were
  record Missing(long records, Path next) implements AuditDamage {
    @Override
    public String toString() {
      return counted(records) + " missing before " + next;
    }
  }

  /// More lines than there are numbers for.
  ///
  /// @param next the file before which they are
  record Surplus(long records, Path next) implements AuditDamage {
    @Override
    public String toString() {
      return counted(records) + " too many before " + next;
    }
  }

  private static String counted(long records) {
    return records == 1 ? "1 record is" : records + " records are";
  }
}
