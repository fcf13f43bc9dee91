package dev.keyhold.seal;

import dev.keyhold.crypto.Promised;
import dev.keyhold.error.Blocking;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The one thread that calls into a PKCS#11 module. Native code has no time limit, can't be
/// interrupted and pins what it runs on; so those who need it wait here for as long as `patience`
/// and no longer. While one call is older than that, the others are refused at once.
final class HsmThread {
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("hsm").factory());
  private final Duration patience;
  private final LongSupplier nanoTime;
  private volatile @Nullable Long began; // of the call that the module has in hand

  HsmThread(Duration patience, LongSupplier nanoTime) {
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /// Runs `work`, one at a time.
  ///
  /// @param discard takes what `work` returned when nobody waits for it any more
  /// @throws TimeoutException when the module does not answer in time; `work` may still run
  /// @throws ExecutionException what `work` threw
  <T> T call(Callable<T> work, Consumer<T> discard) throws TimeoutException, ExecutionException {
    Blocking.ahead();
    Long since = began;
    if (since != null && nanoTime.getAsLong() - since > patience.toNanos()) {
      throw new TimeoutException("an earlier call has not returned yet");
    }
    var answer = new Promised<>(() -> timed(work), discard);
    thread.execute(answer::run);
    try {
      return answer.await(patience);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      throw new ExecutionException(interrupt);
    }
  }

  private <T> T timed(Callable<T> work) throws Exception {
    began = nanoTime.getAsLong();
    try {
      return work.call();
    } finally {
      began = null;
    }
  }
}
