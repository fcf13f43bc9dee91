package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeySpec;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// Makes key material. An RSA pair may take seconds of computing, so pairs are made on one thread
/// of their own with few waiting: others are told to come again rather than made to wait for them.
public final class KeyGenerator implements AutoCloseable {
  private static final int MOST_WAITING = 16;
  private static final Duration IDLE = Duration.ofSeconds(30);
  private static final String DEPENDENCY = "key generation";

  private final ThreadPoolExecutor thread;

  public KeyGenerator() {
    this.thread =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE.toSeconds(),
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("key-generation").factory());
    thread.allowCoreThreadTimeOut(true);
  }

  /// New material for a CMK.
  ///
  /// @throws KmsException.Unavailable when too many pairs are being made
  public Material generate(KeySpec spec) {
    if (!spec.family().isKeyPair()) {
      return new Material.Secret(new KeyMaterial(Random.bytes(spec.materialBytes())));
    }
    return pair(Material.pairSpec(spec));
  }

  /// A new key pair.
  ///
  /// @throws KmsException.Unavailable when too many are being made
  public Material.Pair pair(KeyPairSpec spec) {
    return onThread(() -> new Material.Pair(KeyPairs.generate(spec)));
  }

  /// The pair of an imported private key; see [KeyPairs#ofPrivate]. To look whether the primes of a
  /// key are prime takes as long as to find some.
  ///
  /// @param pkcs8 stays the caller's
  /// @return empty unless it is a sound key of `spec`
  /// @throws KmsException.Unavailable when too many pairs are being made
  public Optional<Material.Pair> ofPrivate(KeyPairSpec spec, KeyMaterial pkcs8) {
    return onThread(() -> KeyPairs.ofPrivate(spec, pkcs8).map(Material.Pair::new));
  }

  private <T> T onThread(Callable<T> work) {
    Blocking.ahead();
    try {
      return thread.submit(work).get();
    } catch (RejectedExecutionException full) {
      throw new KmsException.Unavailable(DEPENDENCY, full);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new KmsException.Unavailable(DEPENDENCY, stopped);
    } catch (ExecutionException failed) {
      throw new IllegalStateException("work on a key pair failed", failed.getCause());
    }
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
