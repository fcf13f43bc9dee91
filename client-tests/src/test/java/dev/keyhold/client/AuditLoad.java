package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.io.UncheckedIOException;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/// Uses a key and makes others until the server is gone, and remembers what was acknowledged.
final class AuditLoad implements Callable<Void> {
  static final int CALLERS = 6;

  private final Http http;
  private final String key;
  private final Set<String> used = ConcurrentHashMap.newKeySet();
  private final Map<String, String> made = new ConcurrentHashMap<>();

  AuditLoad(Http http, String key) {
    this.http = http;
    this.key = key;
  }

  @Override
  public Void call() {
    try {
      while (true) {
        if (ThreadLocalRandom.current().nextInt(8) == 0) {
          Answer answer = http.kms("create-key", Map.of("key_alias", Names.fresh())).ok();
          made.put(answer.requestId(), answer.json().at("/key_info/key_id").asText());
        } else {
          used.add(http.kms("create-datakey", Map.of("key_id", key)).ok().requestId());
        }
      }
    } catch (UncheckedIOException _) {
      return null; // that was the kill
    }
  }

  /// Request ids of acknowledged create-datakey calls.
  Set<String> used() {
    return used;
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
