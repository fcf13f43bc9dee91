package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
  @Test
  void isLentAgainOnceItIsBack() {
    Workspace first = Workspace.borrow();
    first.close();
    try (Workspace second = Workspace.borrow()) {
      assertThat(second).isSameAs(first);
    }
  }

  @Test
  void isNeverLentTwiceAtOnce() {
    var lent = new HashSet<Workspace>();
    for (int i = 0; i < 50; i++) {
      assertThat(lent.add(Workspace.borrow())).isTrue();
    }
    lent.forEach(Workspace::close);
  }

  @Test
  void aSecondCloseDoesNotOfferItTwice() {
    Workspace first = Workspace.borrow();
    first.close();
    first.close();
    try (Workspace one = Workspace.borrow();
        Workspace other = Workspace.borrow()) {
      assertThat(one).isNotSameAs(other);
    }
  }

  @Test
  void isNotLentAgainOnceDiscarded() {
    Workspace broken = Workspace.borrow();
    broken.discard();
    broken.close();
    for (int i = 0; i < 10; i++) {
      try (Workspace next = Workspace.borrow()) {
        assertThat(next).isNotSameAs(broken);
      }
    }
  }

  @Test
  void noTwoVirtualThreadsHoldOneAtATime() throws Exception {
    Set<Workspace> held = ConcurrentHashMap.newKeySet();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var start = new CountDownLatch(1);
      var done =
          IntStream.range(0, 2000)
              .mapToObj(_ ->
                  threads.submit(() -> {
                    start.await();
                    borrowAlone(held);
                    return true;
                  }))
              .toList();
      start.countDown();
      for (Future<Boolean> one : done) {
        assertThat(one.get()).isTrue();
      }
    }
  }

  private static void borrowAlone(Set<Workspace> held) {
    for (int i = 0; i < 20; i++) {
      try (var work = Workspace.borrow()) {
        assertThat(held.add(work)).isTrue();
        work.random(new byte[1000], 0, 1000);
        assertThat(held.remove(work)).isTrue();
      }
    }
  }

  @Test
  void manyThreadsOnOneKeyOpenWhatTheySealed() throws Exception {
    for (AeadSuite suite : AeadSuite.values()) {
      try (AeadKey key = AeadKey.of(suite, new KeyMaterial(Random.bytes(suite.keyBytes())));
          var threads = Executors.newFixedThreadPool(8)) {
        var done = IntStream.range(0, 8).mapToObj(_ -> threads.submit(() -> sealAndOpen(key)));
        for (Future<?> one : done.toList()) {
          await(one);
        }
      }
    }
  }

  private static void sealAndOpen(AeadKey key) {
    for (int i = 0; i < 2000; i++) {
      byte[] plaintext = Random.bytes(1 + i % 100);
      byte[] aad = Random.bytes(i % 50);
      try (var opened = key.open(key.seal(plaintext, aad), aad).orElseThrow()) {
        assertThat(opened.<Boolean>lend(bytes -> Arrays.equals(bytes, plaintext))).isTrue();
      }
    }
  }

  private static void await(Future<?> one) throws InterruptedException {
    try {
      one.get();
    } catch (ExecutionException e) {
      throw new AssertionError(e.getCause());
    }
  }
}
