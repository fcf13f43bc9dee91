package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Uses a key and makes others until the server is gone, and remembers what was acknowledged.
final class AuditLoad implements Callable<Void> {
  static final int CALLERS = 6;
  private static final Duration BREATH = Duration.ofMillis(20);

  private final Http http;
  private final String key;
  private final Map<String, Long> used = new ConcurrentHashMap<>();
  private final Map<String, String> made = new ConcurrentHashMap<>();

  AuditLoad(Http http, String key) {
    this.http = http;
    this.key = key;
  }

  @Override
  public Void call() {
    try {
      while (true) {
        try {
          step();
        } catch (Http.NotNow _) {
          ServerProcess.pause(BREATH); // others keep the disk busy
        }
      }
    } catch (UncheckedIOException _) {
      return null; // that was the kill
    }
  }

  private void step() {
    if (ThreadLocalRandom.current().nextInt(8) == 0) {
      Answer answer = http.kms("create-key", Map.of("key_alias", Names.fresh())).acknowledged();
      made.put(answer.requestId(), answer.json().at("/key_info/key_id").asText());
    } else {
      Answer answer = http.kms("create-datakey", Map.of("key_id", key)).acknowledged();
      used.put(answer.requestId(), System.nanoTime());
    }
  }

  /// Request ids of acknowledged create-datakey calls.
  Set<String> used() {
    return used.keySet();
  }

  /// When that of a create-datakey call was there, by [System#nanoTime].
  long acknowledgedAt(String request) {
    return used.getOrDefault(request, Long.MAX_VALUE);
  }

  /// Request id to key id of acknowledged create-key calls.
  Map<String, String> made() {
    return made;
  }

  /// The ids of all keys that the project has.
  Set<String> keysThere(Http now) {
    var keys = new HashSet<String>();
    String marker = "0";
    while (!marker.isEmpty()) {
      var page = now.kms("list-keys", Map.of("limit", "1000", "marker", marker)).ok().json();
      page.path("keys").forEach(id -> keys.add(id.asText()));
      marker = page.path("next_marker").asText();
    }
    return keys;
  }
}
