package dev.keyhold.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

final class FollowedCacheTest {
  private static final long MOST_SECONDS = 60;

  private final AtomicReference<String> store = new AtomicReference<>("old");
  private final FollowedCache<String, String> cache =
      FollowedCache.of(Caffeine.newBuilder().maximumSize(10), Freshness.unshared());

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveItsForgetting() throws Exception {
    race(it -> it.forget("k"));
  }

  @Test
  void whatWasReadBeforeAChangeDoesNotOutliveTheForgettingOfAll() throws Exception {
    race(FollowedCache::forgetAll);
  }

  /// The store changes, and is forgotten, while a load has read it but not returned yet.
  private void race(Consumer<FollowedCache<String, String>> forgetting) throws Exception {
    var read = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    var load =
        new FutureTask<>(() ->
            cache.load(
                "k",
                _ -> {
                  String seen = store.get();
                  read.countDown();
                  await(goOn);
                  return Optional.of(seen);
                }));
    Thread.ofPlatform().start(load);
    await(read);
    store.set("new");
    var forget = new FutureTask<>(() -> forgetting.accept(cache), true);
    Thread forgetter = Thread.ofPlatform().start(forget);
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
    while (forgetter.getState() == Thread.State.RUNNABLE && System.nanoTime() < end) {
      Thread.onSpinWait(); // until it waits for the load, or wrongly ends
    }
    goOn.countDown();
    load.get(MOST_SECONDS, TimeUnit.SECONDS);
    forget.get(MOST_SECONDS, TimeUnit.SECONDS);

    assertThat(cache.find("k")).isEmpty();
    assertThat(cache.load("k", _ -> Optional.of(store.get()))).contains("new");
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
