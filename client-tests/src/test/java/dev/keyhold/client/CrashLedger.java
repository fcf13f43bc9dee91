package dev.keyhold.client;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;

/// What callers were told, and so may count on after a crash. A call is entered before it is sent
/// and again when its answer is there; without an answer it may have happened or not.
final class CrashLedger {
  /// A data key that a caller has, both forms in hex.
  record Datakey(String keyId, String cipherText, String plainText) {}

  /// Small data that a caller has encrypted.
  record Data(String keyId, String cipherText, String plainText) {}

  /// A key as it was last acknowledged, and as it is if the call without an answer happened.
  private record Known(KeyModel now, Optional<KeyModel> next) {}

  private final Map<String, Known> keys = new ConcurrentHashMap<>();
  private final Map<String, byte[]> material = new ConcurrentHashMap<>();
  private final Map<String, KeyModel> namesInDoubt = new ConcurrentHashMap<>();
  private final Set<String> touched = ConcurrentHashMap.newKeySet();
  private final Queue<Datakey> datakeys = new ConcurrentLinkedQueue<>();
  private final Queue<Data> data = new ConcurrentLinkedQueue<>();
  private final Set<String> uses = ConcurrentHashMap.newKeySet();
  private final Set<String> changes = ConcurrentHashMap.newKeySet();
  private final Map<String, AtomicInteger> acknowledgedByKind = new ConcurrentHashMap<>();
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final Semaphore acknowledgements = new Semaphore(0);

  void creating(String name, KeyModel fresh) {
    namesInDoubt.put(name, fresh);
  }

  void created(String name, String keyId, KeyModel fresh) {
    keys.put(keyId, new Known(fresh, Optional.empty()));
    touched.add(keyId);
    namesInDoubt.remove(name);
    acknowledge("create");
  }

  void changing(String keyId, KeyModel next) {
    keys.put(keyId, new Known(now(keyId), Optional.of(next)));
    touched.add(keyId);
  }

  void changed(String kind, String keyId, KeyModel now) {
    keys.put(keyId, new Known(now, Optional.empty()));
    acknowledge(kind);
  }

  void created(Datakey datakey) {
    datakeys.add(datakey);
    touched.add(datakey.keyId());
    acknowledge("wrap");
  }

  void created(Data encrypted) {
    data.add(encrypted);
    touched.add(encrypted.keyId());
    acknowledge("encrypt");
  }

  /// A call that changed nothing was acknowledged: its record is in a segment.
  void used(Http.Answer answer) {
    uses.add(answer.requestId());
  }

  /// A call that changed something was acknowledged: its record is in the store.
  void changed(Http.Answer answer) {
    changes.add(answer.requestId());
  }

  /// Request ids of acknowledged calls that changed nothing.
  Set<String> uses() {
    return Set.copyOf(uses);
  }

  /// Request ids of acknowledged calls that changed something.
  Set<String> changes() {
    return Set.copyOf(changes);
  }

  void acknowledge(String kind) {
    acknowledgedByKind.computeIfAbsent(kind, _ -> new AtomicInteger()).incrementAndGet();
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

  Map<String, Integer> acknowledgedByKind() {
    var counts = new TreeMap<String, Integer>();
    acknowledgedByKind.forEach((kind, count) -> counts.put(kind, count.get()));
    return counts;
  }

  Collection<String> keys() {
    return List.copyOf(keys.keySet());
  }

  boolean knows(String keyId) {
    return keys.containsKey(keyId);
  }

  /// The key as it was last acknowledged.
  KeyModel now(String keyId) {
    return known(keyId).now();
  }

  /// What the key may be: one, or two when its last change was not acknowledged.
  List<KeyModel> possible(String keyId) {
    Known known = known(keyId);
    return Stream.concat(Stream.of(known.now()), known.next().stream()).toList();
  }

  private Known known(String keyId) {
    return Optional.ofNullable(keys.get(keyId)).orElseThrow();
  }

  int inDoubt() {
    long changes = keys.values().stream().filter(known -> known.next().isPresent()).count();
    return Math.toIntExact(changes) + namesInDoubt.size();
  }

  /// What the server said after the crash is what counts from now on.
  void settle(String keyId, KeyModel seen) {
    keys.put(keyId, new Known(seen, Optional.empty()));
  }

  /// The key of this name as it is if it was created without an answer.
  Optional<KeyModel> mayHaveBeenCreated(String name) {
    return Optional.ofNullable(namesInDoubt.get(name));
  }

  void forgetNamesInDoubt() {
    namesInDoubt.clear();
  }

  /// Keys that were called for since this was asked last.
  Set<String> touched() {
    Set<String> all = Set.copyOf(touched);
    touched.clear();
    return all;
  }

  boolean isExternal(String keyId) {
    return material.containsKey(keyId);
  }

  /// The material of an external key, which is made up when it is first asked for.
  byte[] material(String keyId) {
    return material.computeIfAbsent(keyId, _ -> Importer.random(32));
  }

  List<Datakey> datakeys() {
    return List.copyOf(datakeys);
  }

  List<Data> data() {
    return List.copyOf(data);
  }

  /// Some of `all`, each of the last ones among them.
  static <T> List<T> sample(List<T> all, int last, int more, SplittableRandom random) {
    int from = Math.max(0, all.size() - last);
    Stream<T> earlier =
        from == 0 ? Stream.of() : random.ints(more, 0, from).distinct().mapToObj(all::get);
    return Stream.concat(earlier, all.subList(from, all.size()).stream()).toList();
  }
}
