package dev.keyhold.client;

import dev.keyhold.chaos.Chaos;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.IntSupplier;

/// How long something goes on being done on other nodes after the node that forbade it has said so.
/// Everybody does it as fast as they can, meanwhile and for a while after their first refusal.
final class Lag {
  /// What a node that can't be reached by the news may take at the most, before it refuses.
  static final Duration CAP = Duration.ofSeconds(5);

  private static final int WARM_UP = 20;

  private final List<Duration> measured = new ArrayList<>();
  private final Duration aftermath;

  /// @param aftermath how long the use is tried on after its first refusal
  Lag(Duration aftermath) {
    this.aftermath = aftermath;
  }

  /// @param uses one for each other node, giving the status: 2xx is a success, 4xx a refusal; 503,
  ///   for want of something, is neither, where no time decides
  /// @param change forbids the use, and returns when that is acknowledged
  void round(List<IntSupplier> uses, Runnable change) throws InterruptedException {
    var inUse = new CountDownLatch(uses.size());
    try (ExecutorService threads = Executors.newFixedThreadPool(uses.size())) {
      var users = new ArrayList<Future<Long>>();
      try {
        for (IntSupplier use : uses) {
          users.add(threads.submit(new User(use, inUse)));
        }
        measured.add(measured(users, inUse, change));
      } finally {
        users.forEach(user -> user.cancel(true)); // or the pool would wait for them
      }
    }
  }

  private static Duration measured(List<Future<Long>> users, CountDownLatch inUse, Runnable change)
      throws InterruptedException {
    if (!inUse.await(60, TimeUnit.SECONDS)) {
      throw new AssertionError("nobody can use it before it is forbidden");
    }
    change.run();
    long acknowledged = System.nanoTime();
    long last = acknowledged;
    for (Future<Long> user : users) {
      try {
        long lastOfThis = user.get(60, TimeUnit.SECONDS);
        last = lastOfThis - last > 0 ? lastOfThis : last;
      } catch (ExecutionException | TimeoutException failure) {
        throw new AssertionError("it goes on after it was forbidden", failure);
      }
    }
    return Duration.ofNanos(last - acknowledged);
  }

  /// Until it is refused, and a little longer.
  private final class User implements Callable<Long> {
    private final IntSupplier use;
    private final CountDownLatch inUse;

    User(IntSupplier use, CountDownLatch inUse) {
      this.use = use;
      this.inUse = inUse;
    }

    /// When the answer to the last success was there.
    @Override
    public Long call() {
      long last = System.nanoTime();
      long refused = 0;
      int successes = 0;
      while (refused == 0 || System.nanoTime() - refused < aftermath.toNanos()) {
        int status = use.getAsInt();
        long now = System.nanoTime();
        if (status / 100 == 2) {
          last = now;
          successes++;
          if (successes == WARM_UP) {
            inUse.countDown();
          }
        } else if (status / 100 == 4) {
          if (successes < WARM_UP) {
            throw new AssertionError("refused before it was forbidden: " + status);
          }
          refused = refused == 0 ? now : refused;
        } else if (status != 503 || Chaos.measures()) {
          throw new AssertionError("status " + status);
        }
      }
      return last;
    }
  }

  Duration max() {
    return Collections.max(measured);
  }

  @Override
  public String toString() {
    List<Duration> sorted = measured.stream().sorted().toList();
    return "%d rounds, median %d ms, max %d ms"
        .formatted(
            sorted.size(), sorted.get(sorted.size() / 2).toMillis(), sorted.getLast().toMillis());
  }
}
