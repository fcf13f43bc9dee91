package dev.keyhold.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class FollowedCacheTest {
  private static final long MOST_SECONDS = 60;

  private final List<String> discarded = new CopyOnWriteArrayList<>();
  private final AtomicReference<String> store = new AtomicReference<>("old");
  private final FollowedCache<String, String> cache =
      FollowedCache.of(
          Caffeine.newBuilder().maximumSize(10), Freshness.unshared(), this::discarded);

  private void discarded(String value) {
    discarded.add(value);
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveItsForgetting() throws Exception {
    race(it -> it.forget("k"));
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveTheForgettingOfAll() throws Exception {
    race(FollowedCache::forgetAll);
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveTheForgettingOfSome() throws Exception {
    race(it -> it.forgetIf(_ -> false));
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveTheForgettingOfSomeKeys() throws Exception {
    race(it -> it.forgetKeysIf("k"::equals));
  }

  @Test
  void aLoadOfAnotherKeyIsKeptWhenSomeKeysAreForgotten() throws Exception {
    var loading = new Loading();
    cache.forgetKeysIf("other"::equals);
    loading.end();
    assertThat(loading.result.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("old");
    assertThat(cache.find("k")).contains("old");
    assertThat(discarded).isEmpty();
  }

  /// The store changes, and is forgotten, while a load has read it but not returned yet. Forgetting
  /// waits for nothing, and the load is done again.
  private void race(Consumer<FollowedCache<String, String>> forgetting) throws Exception {
    var read = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var loads = new AtomicInteger();
    var load =
        new FutureTask<>(() ->
            cache.load(
                "k",
                _ -> {
                  String seen = store.get();
                  if (loads.getAndIncrement() == 0) {
                    read.countDown();
                    await(goOn);
                  }
                  return Optional.of(seen);
                }));
    Thread.ofPlatform().start(load);
    await(read);
    store.set("new");
    forgetting.accept(cache);

    // Who comes after the change neither waits for the load from before it nor gets what that saw.
    assertThat(cache.load("k", _ -> Optional.of(store.get()))).contains("new");
    goOn.countDown();
    assertThat(load.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("new");
    assertThat(cache.find("k")).contains("new");
    assertThat(discarded).containsExactly("old");
  }

  /// It has lost its ticket, and another load has one of its own by now.
  @Test
  void whatWasReadBeforeAChangeIsNotKeptUnderTheTicketOfALaterLoad() throws Exception {
    var first = new Loading();
    store.set("new");
    cache.forget("k");
    var second = new Loading();

    first.end();
    first.awaitOther();
    assertThat(cache.find("k")).isEmpty();
    second.end();
    assertThat(first.result.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("new");
    assertThat(second.result.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("new");
    assertThat(discarded).containsExactly("old");
  }

  /// A load that has read what there is, and ends when it is told.
  private final class Loading {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private final FutureTask<Optional<String>> result;
    private final Thread thread;

    Loading() {
      var read = new CountDownLatch(1);
      result =
          new FutureTask<>(() ->
              cache.load(
                  "k",
                  _ -> {
                    String seen = store.get();
                    read.countDown();
                    await(goOn);
                    return Optional.of(seen);
                  }));
      thread = Thread.ofPlatform().start(result);
      await(read);
    }

    void end() {
      goOn.countDown();
    }

    /// Until it waits for another load, or is over.
    void awaitOther() {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
      while (thread.isAlive() && thread.getState() != Thread.State.WAITING) {
        assertThat(System.nanoTime() - end).isNegative();
        Thread.onSpinWait();
      }
    }
  }

  @Test
  void ofManyWhoAskAtOnceOneLoads() throws Exception {
    var asked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var loads = new AtomicInteger();
    Function<String, Optional<String>> loader =
        _ -> {
          loads.incrementAndGet();
          asked.countDown();
          await(goOn);
          return Optional.of(store.get());
        };
    var all = new ArrayList<FutureTask<Optional<String>>>();
    for (int i = 0; i < 8; i++) {
      var each = new FutureTask<>(() -> cache.load("k", loader));
      all.add(each);
      Thread.ofVirtual().start(each);
    }
    await(asked);
    goOn.countDown();
    for (FutureTask<Optional<String>> each : all) {
      assertThat(each.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("old");
    }
    assertThat(loads).hasValue(1);
    assertThat(discarded).isEmpty();
  }

  @Test
  void whoWaitsForALoadThatFailsTriesForHimself() throws Exception {
    var asked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var failing =
        new FutureTask<>(() ->
            cache.load(
                "k",
                _ -> {
                  asked.countDown();
                  await(goOn);
                  throw new IllegalStateException("no such key of yours");
                }));
    Thread.ofPlatform().start(failing);
    await(asked);
    var waiting = new FutureTask<>(() -> cache.load("k", _ -> Optional.of("mine")));
    Thread waiter = Thread.ofPlatform().start(waiting);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    while (waiter.getState() != Thread.State.WAITING) {
      assertThat(waiter.isAlive()).isTrue();
      assertThat(System.nanoTime() - end).isNegative();
      Thread.onSpinWait();
    }
    goOn.countDown();
    assertThatThrownBy(() -> failing.get(MOST_SECONDS, TimeUnit.SECONDS))
        .hasCauseInstanceOf(IllegalStateException.class);
    assertThat(waiting.get(MOST_SECONDS, TimeUnit.SECONDS)).contains("mine");
  }

  @Test
  void nothingIsTakenFromMemoryWhenTheNodeIsStale() {
    var nanos = new AtomicReference<>(0L);
    Freshness freshness = Freshness.within(Duration.ofSeconds(5), nanos::get);
    FollowedCache<String, String> followed =
        FollowedCache.of(Caffeine.newBuilder().maximumSize(10), freshness);
    freshness.knownAt(0);
    followed.load("k", Optional::of);
    assertThat(followed.find("k")).contains("k");

    nanos.set(Duration.ofSeconds(5).toNanos() + 1);
    assertThatThrownBy(() -> followed.find("k")).isInstanceOf(Unavailable.class);
    assertThatThrownBy(() -> followed.load("k", Optional::of)).isInstanceOf(Unavailable.class);
  }

  @Test
  void whatIsNotThereIsNotRemembered() {
    assertThat(cache.load("k", _ -> Optional.empty())).isEmpty();
    assertThat(cache.load("k", _ -> Optional.of("now"))).contains("now");
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(MOST_SECONDS, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
