package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.SettableTime;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Deletions that are cancelled while housekeeping carries them out: a key is saved with all of its
/// material, or gone with all of it, and its owner is told which.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
final class CancellationRaceTest {
  private static final int KEYS = 40;
  private static final int CANCELLING = 4;
  private static final int DESTROYING = 2;
  private static final Duration WAITING = Duration.ofDays(7);
  private static final byte[] AAD = {};
  private static final byte[] PLAINTEXT = {1, 2, 3};

  @TempDir Path folder;
  private final long seed = Chaos.seed();
  private final Random random = new Random(seed);
  private final SettableTime clock = new SettableTime(TestVault.NOW);
  private final AtomicReference<Runnable> betweenLookAndDestruction =
      new AtomicReference<>(() -> {});

  /// A key, rotated once, and what its first version has encrypted.
  private record Sample(KeyId id, Bytes sealed) {}

  @Test
  void aKeyIsSavedWithItsMaterialOrDestroyed() throws Exception {
    int rounds = Chaos.rounds(3);
    int saved = 0;
    try (var row =
            ChaosReport.of(
                    "F22 cancel vs destruction",
                    "deletions of %d keys cancelled by %d threads while %d destroy what is due"
                        .formatted(KEYS, CANCELLING, DESTROYING))
                .rounds(rounds);
        var store = new TestVault(folder);
        var keyring = new Keyring(store.vault, clock, 1000);
        var threads = Executors.newFixedThreadPool(CANCELLING + DESTROYING)) {
      row.figure("seed " + seed);
      for (int round = 0; round < rounds; round++) {
        List<Sample> samples = samples(store, keyring);
        assertThat(keyring.destroyDueKeys()).isZero(); // the waiting time is not over
        saved += race(store, keyring, samples, threads::invokeAll);
      }
      int destroyed = rounds * KEYS - saved;
      row.figure(
          "%d saved, each opens; %d destroyed; 0 both or neither".formatted(saved, destroyed));
      if (Chaos.measures()) {
        assertThat(saved).isPositive();
        assertThat(destroyed).isPositive();
      }
      row.passed();
    }
  }

  private interface Threads {
    List<Future<Integer>> run(List<Callable<Integer>> all) throws InterruptedException;
  }

  /// @return how many keys were saved
  private int race(TestVault store, Keyring keyring, List<Sample> samples, Threads threads)
      throws Exception {
    // In another order than that of housekeeping, so that either is at some keys first.
    var shuffled = new ArrayList<>(samples);
    Collections.shuffle(shuffled, random);
    var left = new ConcurrentLinkedQueue<>(shuffled);
    var saved = ConcurrentHashMap.<KeyId>newKeySet();
    var cancelling = new AtomicInteger(CANCELLING);
    var start = new CyclicBarrier(CANCELLING + DESTROYING, () -> clock.pass(WAITING));
    var all = new ArrayList<Callable<Integer>>();
    for (int i = 0; i < CANCELLING; i++) {
      all.add(() -> {
        start.await();
        for (Sample sample = left.poll(); sample != null; sample = left.poll()) {
          if (cancels(store, keyring, sample)) {
            saved.add(sample.id());
          }
        }
        cancelling.decrementAndGet();
        return 0;
      });
    }
    for (int i = 0; i < DESTROYING; i++) {
      all.add(() -> {
        start.await();
        int destroyed = keyring.destroyDueKeys();
        while (cancelling.get() > 0) {
          destroyed += keyring.destroyDueKeys();
        }
        return destroyed;
      });
    }
    int destroyed = 0;
    for (var one : threads.run(all)) {
      destroyed += one.get();
    }
    assertThat(saved.size() + destroyed).isEqualTo(samples.size());
    assertThat(keyring.destroyDueKeys()).isZero();
    for (Sample sample : samples) {
      if (saved.contains(sample.id())) {
        isSaved(store, keyring, sample);
      } else {
        isGone(store, keyring, sample);
      }
    }
    return saved.size();
  }

  private List<Sample> samples(TestVault store, Keyring keyring) {
    var rotations = new Rotations(store.vault, keyring, store.generator, clock, key -> key);
    var samples = new ArrayList<Sample>();
    for (int i = 0; i < KEYS; i++) {
      KeyId id = store.create(KeySpec.AES_256).id();
      samples.add(sample(store, keyring, id));
      rotations.rotate(store.project, id);
      schedule(store, keyring, id);
    }
    return samples;
  }

  private static Sample sample(TestVault store, Keyring keyring, KeyId id) {
    try (OpenKey open = keyring.open(store.project, id, Use.WRAP)) {
      return new Sample(id, Bytes.owning(open.currentAead().seal(PLAINTEXT, AAD)));
    }
  }

  private void schedule(TestVault store, Keyring keyring, KeyId id) {
    store.vault.change(store.project, id, key -> key.deletionScheduled(clock.instant(), WAITING));
    keyring.invalidate(id);
  }

  private static boolean cancels(TestVault store, Keyring keyring, Sample sample) {
    try {
      store.vault.change(store.project, sample.id(), Cmk::deletionCancelled);
      keyring.invalidate(sample.id());
      return true;
    } catch (KmsException.Rejected refusal) {
      assertThat(refusal.error()).isEqualTo(KmsError.KEY_NOT_FOUND);
      return false;
    }
  }

  private static void isSaved(TestVault store, Keyring keyring, Sample sample) {
    assertThat(store.vault.load(store.project, sample.id()).state())
        .isEqualTo(new KeyState.Disabled());
    store.vault.change(store.project, sample.id(), Cmk::enabled);
    keyring.invalidate(sample.id());
    try (OpenKey open = keyring.open(store.project, sample.id(), Use.WRAP);
        var plaintext =
            open.aead(0).orElseThrow().open(sample.sealed().lent(), AAD).orElseThrow()) {
      assertThat(plaintext.lend(byte[]::clone)).isEqualTo(PLAINTEXT);
    }
  }

  private static void isGone(TestVault store, Keyring keyring, Sample sample) {
    assertThat(keyring.holds(sample.id())).isFalse();
    assertThatThrownBy(() -> keyring.open(store.project, sample.id(), Use.WRAP))
        .isInstanceOfSatisfying(
            KmsException.Rejected.class,
            refusal -> assertThat(refusal.error()).isEqualTo(KmsError.KEY_NOT_FOUND));
    try {
      assertThat(
              store.edit(
                  "UPDATE cmk_material SET version = version WHERE key_id = '"
                      + sample.id()
                      + "' AND wrapped <> zeroblob(length(wrapped))"))
          .isZero();
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /// The worst moment: housekeeping has seen that the key is due, and has not destroyed it yet.
  @Test
  void aCancellationBetweenLookAndDestructionSavesTheKey() {
    try (var store = new TestVault(folder, this::hooked);
        var keyring = new Keyring(store.vault, clock, 100)) {
      Sample sample = sample(store, keyring, store.create(KeySpec.AES_256).id());
      schedule(store, keyring, sample.id());
      clock.pass(WAITING);
      betweenLookAndDestruction.set(() -> assertThat(cancels(store, keyring, sample)).isTrue());

      assertThat(keyring.destroyDueKeys()).isZero();
      isSaved(store, keyring, sample);
    }
  }

  /// Cancelled and scheduled anew at that moment: the new waiting time has only begun.
  @Test
  void aKeyThatWasScheduledAnewMeanwhileWaitsAgain() {
    try (var store = new TestVault(folder, this::hooked);
        var keyring = new Keyring(store.vault, clock, 100)) {
      Sample sample = sample(store, keyring, store.create(KeySpec.AES_256).id());
      schedule(store, keyring, sample.id());
      clock.pass(WAITING);
      betweenLookAndDestruction.set(() -> {
        assertThat(cancels(store, keyring, sample)).isTrue();
        schedule(store, keyring, sample.id());
      });

      assertThat(keyring.destroyDueKeys()).isZero();
      assertThat(cancels(store, keyring, sample)).isTrue();
      isSaved(store, keyring, sample);
    }
  }

  private CmkRepository hooked(CmkRepository repository) {
    return (CmkRepository)
        Proxy.newProxyInstance(
            CmkRepository.class.getClassLoader(),
            new Class<?>[] {CmkRepository.class},
            (_, method, arguments) -> {
              try {
                Object result = method.invoke(repository, arguments);
                if (method.getName().equals("deletionDue")) {
                  assertThat((List<?>) result).hasSize(1);
                  betweenLookAndDestruction.get().run();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
