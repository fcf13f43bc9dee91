package dev.keyhold.seal;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The KEKs used last, a bounded number of them. Each has one holder here; [#get] makes its caller
/// another.
final class KekCache {
  /// Stands for the newest version.
  static final int NEWEST = 0;

  record Slot(String scope, int version) {}

  private final int capacity;
  private final Map<Slot, Kek> keks = new LinkedHashMap<>(16, 0.75f, true);

  KekCache(int capacity) {
    this.capacity = capacity;
  }

  synchronized Optional<Kek> get(Slot slot) {
    return Optional.ofNullable(keks.get(slot)).filter(Kek::retain);
  }

  /// Keeps `kek`, of which the caller stays a holder.
  synchronized void put(Slot slot, Kek kek) {
    if (!kek.retain()) {
      throw new IllegalStateException("a wiped KEK");
    }
    Kek before = keks.put(slot, kek);
    if (before != null) {
      before.close();
    }
    if (keks.size() > capacity) {
      var eldest = keks.entrySet().iterator();
      Kek evicted = eldest.next().getValue();
      eldest.remove();
      evicted.close();
    }
  }

  synchronized void clear() {
    keks.values().forEach(Kek::close);
    keks.clear();
  }
}
