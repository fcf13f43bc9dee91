package dev.keyhold.iam;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reusable objects that are dear to make and serve one thread at a time. No lock, and unlike a
/// `ThreadLocal` it does not grow with the number of virtual threads: who finds no object makes
/// one, who finds no room drops it.
final class Pool<T> {
  private static final int SLOTS = 16;
  // One slot to a cache line, so that threads on different slots do not slow each other.
  private static final int STRIDE = 16;
  private static final int PROBES = 3;

  private final AtomicReferenceArray<@Nullable T> slots =
      new AtomicReferenceArray<>(SLOTS * STRIDE);
  private final Supplier<T> maker;

  Pool(Supplier<T> maker) {
    this.maker = maker;
  }

  T take() {
    int first = firstSlot();
    for (int i = 0; i < PROBES; i++) {
      T found = slots.getAndSet(index(first + i), null);
      if (found != null) {
        return found;
      }
    }
    return maker.get();
  }

  /// Gives back what [#take] returned. It must not be used any more.
  void give(T object) {
    int first = firstSlot();
    for (int i = 0; i < PROBES; i++) {
      if (slots.compareAndSet(index(first + i), null, object)) {
        return;
      }
    }
  }

  private static int firstSlot() {
    return (int) Thread.currentThread().threadId();
  }

  private static int index(int slot) {
    return (slot & (SLOTS - 1)) * STRIDE;
  }
}
