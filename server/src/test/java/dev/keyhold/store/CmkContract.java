package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// A store with keys.
abstract class CmkContract extends StoreContract {
  static final int QUOTA = 1_000;
  static final Instant T0 = Instant.parse("2026-02-03T04:05:06.789Z");

  final ProjectId project = ProjectId.random();
  final DomainId domain = DomainId.random();
  final Random random = new Random(42);

  final CmkRepository cmks() {
    return new SqlCmkRepository(store().database());
  }

  StoredCmk inserted(String name) {
    StoredCmk key = key(name, T0);
    insert(key);
    return key;
  }

  StoredCmk pendingDeletion(String name, Instant at) {
    StoredCmk key = inserted(name);
    StoredCmk scheduled = stored(key.cmk().deletionScheduled(at, Duration.ZERO));
    assertThat(cmks().replace(scheduled)).isTrue();
    return scheduled;
  }

  StoredCmk scheduled(String name, Instant next) {
    Cmk cmk = inserted(name).cmk();
    var rotation = new Rotation(Optional.of(new Rotation.Schedule(30, next)), Optional.empty());
    return replaced(cmk.toBuilder().rotation(rotation).revision(2).build());
  }

  StoredCmk replaced(Cmk next) {
    StoredCmk key = stored(next);
    assertThat(cmks().replace(key)).isTrue();
    return key;
  }

  /// Not stored yet.
  StoredCmk dueForDeletion(String name) {
    return stored(with(key(name, T0).cmk(), new KeyState.PendingDeletion(T0)));
  }

  StoredMaterial material(StoredCmk key) {
    return material(key, 77);
  }

  StoredMaterial material(StoredCmk key, int length) {
    byte[] wrapped = new byte[length];
    random.nextBytes(wrapped);
    return new StoredMaterial(key.cmk().id(), 0, Bytes.owning(wrapped), T0);
  }

  ProjectId project() {
    return project;
  }

  void insert(StoredCmk key) {
    cmks().insert(key, Optional.of(material(key)), QUOTA);
  }

  StoredCmk key(String name, Instant createdAt) {
    return stored(
        Cmk.fresh(KeyId.random(), project, domain, new KeyName(name), KeySpec.AES_256, createdAt)
            .description("désc 描述 😀")
            .build());
  }

  StoredCmk stored(Cmk cmk) {
    return stored(cmk, random.nextInt());
  }

  static StoredCmk stored(Cmk cmk, int seed) {
    byte[] mac = new byte[36];
    new Random(seed).nextBytes(mac);
    return new StoredCmk(cmk, Bytes.owning(mac));
  }

  /// "-" stands for any.
  static KeyFilter filter(String state, String spec, String enterpriseProject) {
    return new KeyFilter(
        Optional.of(state).filter(text -> !text.equals("-")),
        KeySpec.find(spec),
        Optional.of(enterpriseProject).filter(text -> !text.equals("-")));
  }

  static Cmk with(Cmk cmk, KeyState state) {
    return cmk.toBuilder().state(state).build();
  }

  static void assertRejected(ApiError error, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  static void run(Runnable call) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(call).get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// Runs `call` on `threads` virtual threads that start together.
  static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
    var start = new CountDownLatch(1);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = new ArrayList<Future<T>>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            executor.submit(() -> {
              start.await();
              return call.call();
            }));
      }
      start.countDown();
      var results = new ArrayList<T>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    }
  }
}
