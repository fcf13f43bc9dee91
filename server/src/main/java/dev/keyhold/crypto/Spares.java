package dev.keyhold.crypto;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A few objects that cost more to make than to use, each for one thread at a time. Never waits: a
/// thread that finds none makes one, and one too many is dropped.
final class Spares<T> {
  private static final int SLOTS = 8;

  private final AtomicReferenceArray<@Nullable T> idle = new AtomicReferenceArray<>(SLOTS);

  T take(Supplier<T> make) {
    for (int i = 0; i < SLOTS; i++) {
      if (idle.getPlain(i) != null) {
        T found = idle.getAndSet(i, null);
        if (found != null) {
          return found;
        }
      }
    }
    return make.get();
  }

  void give(T one) {
    for (int i = 0; i < SLOTS; i++) {
      if (idle.compareAndSet(i, null, one)) {
        return;
      }
    }
  }
}
