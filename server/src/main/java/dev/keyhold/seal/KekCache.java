package dev.keyhold.seal;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The KEKs used last, a bounded number of them, each once. It has one holder here; [#get] makes
/// its caller another.
final class KekCache {
  record Slot(String scope, int version) {}

  private final int capacity;
  private final Map<Slot, Kek> keks = new LinkedHashMap<>(16, 0.75f, true);
  private final Map<String, Integer> newest = new HashMap<>(); // of scopes, among those

  KekCache(int capacity) {
    this.capacity = capacity;
  }

  synchronized Optional<Kek> get(Slot slot) {
    return Optional.ofNullable(keks.get(slot)).filter(Kek::retain);
  }

  /// The one that was put as the newest of its scope.
  synchronized Optional<Kek> newest(String scope) {
    return Optional.ofNullable(newest.get(scope)).flatMap(version -> get(new Slot(scope, version)));
  }

  /// As [#put], of the newest version that its scope has.
  synchronized void putNewest(Slot slot, Kek kek) {
    put(slot, kek);
    newest.put(slot.scope(), slot.version());
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
      var eldest = keks.entrySet().iterator().next();
      remove(eldest.getKey(), eldest.getValue());
    }
  }

  /// Removes a KEK, unless there is another one in its place by now.
  synchronized void remove(Slot slot, Kek kek) {
    if (keks.remove(slot, kek)) {
      newest.remove(slot.scope(), slot.version());
      kek.close();
    }
  }

  synchronized void clear() {
    keks.values().forEach(Kek::close);
    keks.clear();
    newest.clear();
  }
}
