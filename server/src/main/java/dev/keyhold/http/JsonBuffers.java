package dev.keyhold.http;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.util.BufferRecycler;
import tools.jackson.core.util.RecyclerPool;

/// Lends Jackson its scratch buffers: a slot is chosen by thread, found empty by whoever comes
/// while another has it, and then a buffer is made anew. No lock, no queue, nothing bound to a
/// virtual thread.
final class JsonBuffers implements RecyclerPool<BufferRecycler> {
  private static final long serialVersionUID = 1L;
  private static final int SLOTS = 16;

  /// Neighbouring slots lie on different cache lines, and none on that of the array's length.
  private static final int STRIDE = 16;

  private final AtomicReferenceArray<@Nullable BufferRecycler> slots =
      new AtomicReferenceArray<>((1 + SLOTS) * STRIDE);

  @Override
  public BufferRecycler acquirePooled() {
    BufferRecycler pooled = slots.getAndSet(slot(), null);
    return pooled != null ? pooled : new BufferRecycler();
  }

  @Override
  public void releasePooled(BufferRecycler pooled) {
    slots.set(slot(), pooled);
  }

  @Override
  public boolean clear() {
    for (int i = 0; i < slots.length(); i++) {
      slots.set(i, null);
    }
    return true;
  }

  private static int slot() {
    return (1 + ((int) Thread.currentThread().threadId() & (SLOTS - 1))) * STRIDE;
  }
}
