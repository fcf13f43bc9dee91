package dev.keyhold.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// What callers were told, and so may count on after a crash. A call is entered before it is sent
/// and again when its answer is there; without an answer it may have happened or not.
final class CrashLedger {
  static final String ENABLED = "2";
  static final String DISABLED = "3";
  static final String PENDING_DELETION = "4";

  /// A data key that a caller has, both forms in hex.
  record Datakey(String keyId, String cipherText, String plainText) {}

  private final Map<String, Set<String>> states = new ConcurrentHashMap<>();
  private final Set<String> namesInDoubt = ConcurrentHashMap.newKeySet();
  private final Queue<Datakey> datakeys = new ConcurrentLinkedQueue<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final Semaphore acknowledgements = new Semaphore(0);

  void creating(String name) {
    namesInDoubt.add(name);
  }

  void created(String name, String keyId) {
    states.put(keyId, Set.of(ENABLED));
    namesInDoubt.remove(name);
    acknowledge();
  }

  void changing(String keyId, String from, String to) {
    states.put(keyId, Set.of(from, to));
  }

  void changed(String keyId, String state) {
    states.put(keyId, Set.of(state));
    acknowledge();
  }

  void created(Datakey datakey) {
    datakeys.add(datakey);
    acknowledge();
  }

  private void acknowledge() {
    acknowledged.incrementAndGet();
    acknowledgements.release();
  }

  /// Waits for so many acknowledgements since the last time this was asked.
  void await(int count) throws InterruptedException {
    acknowledgements.drainPermits();
    if (!acknowledgements.tryAcquire(count, 60, TimeUnit.SECONDS)) {
      throw new AssertionError("the server does not get on with its work");
    }
  }

  int acknowledged() {
    return acknowledged.get();
  }

  Collection<String> keys() {
    return List.copyOf(states.keySet());
  }

  /// The states that the key may be in: one, or two when its last change was not acknowledged.
  Set<String> states(String keyId) {
    return states.getOrDefault(keyId, Set.of());
  }

  /// What the server said after the crash is what counts from now on.
  void settle(String keyId, String state) {
    states.put(keyId, Set.of(state));
  }

  boolean mayHaveBeenCreated(String name) {
    return namesInDoubt.contains(name);
  }

  int namesInDoubt() {
    return namesInDoubt.size();
  }

  void forgetNamesInDoubt() {
    namesInDoubt.clear();
  }

  List<Datakey> datakeys() {
    return List.copyOf(datakeys);
  }
}
