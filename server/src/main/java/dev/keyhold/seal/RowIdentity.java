package dev.keyhold.seal;

import java.util.ArrayList;
import java.util.List;

/// Which row a wrapped secret belongs to: its AAD, so that a ciphertext moved to another row, or
/// left behind by an earlier version of the row, does not open.
///
/// @param more what else of the row must not change under the secret, for example a key's version
///   and spec
public record RowIdentity(String table, String rowId, List<String> more) {
  public RowIdentity {
    more = List.copyOf(more);
  }

  public RowIdentity(String table, String rowId, String... more) {
    this(table, rowId, List.of(more));
  }

  /// Different identities have different encodings: each field is length-prefixed.
  byte[] canonical() {
    var fields = new ArrayList<String>();
    fields.add(table);
    fields.add(rowId);
    fields.addAll(more);
    return Canonical.encode(fields);
  }
}
