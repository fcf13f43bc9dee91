package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// KEKs in a list, where a test may alter them.
public final class MemoryKekRepository implements KekRepository {
  final List<StoredKek> rows = new ArrayList<>();
  boolean inTransaction;

  @Override
  public boolean inTransaction() {
    return inTransaction;
  }

  @Override
  public synchronized Optional<StoredKek> newest(String scope) {
    return rows.stream()
        .filter(row -> row.scope().equals(scope))
        .max(Comparator.comparingInt(StoredKek::version));
  }

  @Override
  public synchronized Optional<StoredKek> find(String scope, int version) {
    return rows.stream()
        .filter(row -> row.scope().equals(scope) && row.version() == version)
        .findFirst();
  }

  @Override
  public synchronized boolean isEmpty() {
    return rows.isEmpty();
  }

  @Override
  public synchronized StoredKek insertIfAbsent(StoredKek kek, Consumer<KekRepository> guard) {
    guard.accept(this);
    return find(kek.scope(), kek.version())
        .orElseGet(() -> {
          rows.add(kek);
          return kek;
        });
  }

  /// Gives the row at `index` the wrapped KEK `wrapped`.
  void overwrite(int index, Bytes wrapped) {
    StoredKek row = rows.get(index);
    rows.set(index, new StoredKek(row.scope(), row.version(), wrapped));
  }
}
