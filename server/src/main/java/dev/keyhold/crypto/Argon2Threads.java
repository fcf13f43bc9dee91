package dev.keyhold.crypto;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/// Where requests compute Argon2id: a few at once and a few more waiting, or memory would be the
/// denial of service. The threads are platform threads of their own: a computation never yields, so
/// on virtual threads two of them would hold up all other work of a small machine.
public final class Argon2Threads {
  private static final int MOST_WAITING = 64;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);
  private static final Duration IDLE = Duration.ofSeconds(30);

  private final String what;
  private final ExecutorService threads;

  /// @param what is computed, for messages and thread names, such as "password hashing"
  /// @param atOnce computations, each with the memory that its cost says
  public Argon2Threads(String what, int atOnce) {
    this(what, start(what, atOnce));
  }

  /// On threads that somebody else bounds.
  public Argon2Threads(String what, ExecutorService threads) {
    this.what = what;
    this.threads = threads;
  }

  private static ExecutorService start(String what, int atOnce) {
    var threads =
        new ThreadPoolExecutor(
            atOnce,
            atOnce,
            IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name(what.replace(' ', '-') + "-", 1).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }

  /// Waits for its turn and for the result, 10 seconds at most.
  ///
  /// @throws Unavailable when too many computations wait already
  public <T> T run(Callable<T> computation) {
    return run(computation, _ -> {});
  }

  /// @param discard wipes what came too late
  public <T> T run(Callable<T> computation, Consumer<? super T> discard) {
    return run(computation, discard, LONGEST_WAIT);
  }

  <T> T run(Callable<T> computation, Consumer<? super T> discard, Duration longestWait) {
    Blocking.ahead();
    var result = new Promised<T>(computation, discard);
    try {
      threads.execute(result::run);
    } catch (RejectedExecutionException e) {
      throw new Unavailable(what, e);
    }
    try {
      return result.await(longestWait);
    } catch (TimeoutException e) {
      throw new Unavailable(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable(what, e);
    } catch (ExecutionException e) {
      throw new IllegalStateException(what + " failed", e.getCause());
    }
  }
}
