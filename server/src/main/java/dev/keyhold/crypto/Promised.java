package dev.keyhold.crypto;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// What one thread works out for another that waits for a time and no longer. Whatever comes of it
/// has an owner: whoever waits, or `discard` once nobody does.
public final class Promised<T> {
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private final Callable<T> work;
  private final Consumer<? super T> discard;

  public Promised(Callable<T> work, Consumer<? super T> discard) {
    this.work = work;
    this.discard = discard;
  }

  /// Does the work, unless it was given up before its turn came.
  public void run() {
    if (answer.isDone()) {
      return;
    }
    try {
      T result = work.call();
      if (!answer.complete(result)) {
        discard.accept(result);
      }
    } catch (Throwable failure) {
      answer.completeExceptionally(failure);
    }
  }

  /// @throws TimeoutException when `patience` has ended; the work may still be done
  /// @throws ExecutionException what the work threw
  public T await(Duration patience)
      throws TimeoutException, InterruptedException, ExecutionException {
    try {
      return answer.get(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      if (answer.completeExceptionally(late)) {
        throw late;
      }
      return came();
    } catch (InterruptedException interrupt) {
      if (answer.completeExceptionally(interrupt)) {
        throw interrupt;
      }
      Thread.currentThread().interrupt();
      return came();
    }
  }

  /// The answer that came in the moment in which it was given up.
  private T came() throws ExecutionException {
    try {
      return answer.join();
    } catch (CompletionException failure) {
      throw new ExecutionException(failure.getCause());
    }
  }
}
