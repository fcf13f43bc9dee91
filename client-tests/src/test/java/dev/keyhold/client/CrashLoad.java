package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/// One caller who makes keys and leads its own through their states, at random, until the server is
/// gone.
final class CrashLoad implements Callable<Void> {
  private final Http http;
  private final CrashLedger ledger;
  private final RandomGenerator random;
  private final List<String> keys;

  /// @param keys that only this caller changes; all are enabled
  CrashLoad(Http http, CrashLedger ledger, RandomGenerator random, List<String> keys) {
    this.http = http;
    this.ledger = ledger;
    this.random = random;
    this.keys = new ArrayList<>(keys);
  }

  @Override
  public Void call() {
    try {
      while (true) {
        step();
      }
    } catch (UncheckedIOException _) {
      return null; // that was the crash
    }
  }

  private void step() {
    if (keys.isEmpty() || random.nextInt(5) == 0) {
      createKey();
      return;
    }
    String key = keys.get(random.nextInt(keys.size()));
    String state = ledger.states(key).iterator().next();
    switch (state) {
      case CrashLedger.ENABLED -> {
        switch (random.nextInt(6)) {
          case 0 -> change("disable-key", key, state, CrashLedger.DISABLED);
          case 1 -> scheduleDeletion(key, state);
          default -> createDatakey(key);
        }
      }
      case CrashLedger.DISABLED -> {
        if (random.nextInt(3) == 0) {
          scheduleDeletion(key, state);
        } else {
          change("enable-key", key, state, CrashLedger.ENABLED);
        }
      }
      default -> change("cancel-key-deletion", key, state, CrashLedger.DISABLED);
    }
  }

  private void createKey() {
    String name = Names.fresh();
    String spec = random.nextInt(4) == 0 ? "SM4" : "AES_256";
    ledger.creating(name);
    Answer answer = http.kms("create-key", Map.of("key_alias", name, "key_spec", spec)).ok();
    String key = answer.json().at("/key_info/key_id").asText();
    ledger.created(name, key);
    keys.add(key);
  }

  private void change(String action, String key, String from, String to) {
    ledger.changing(key, from, to);
    http.kms(action, Map.of("key_id", key)).ok();
    ledger.changed(key, to);
  }

  private void scheduleDeletion(String key, String from) {
    ledger.changing(key, from, CrashLedger.PENDING_DELETION);
    int days = random.nextInt(7, 1097);
    http.kms("schedule-key-deletion", Map.of("key_id", key, "pending_days", days)).ok();
    ledger.changed(key, CrashLedger.PENDING_DELETION);
  }

  private void createDatakey(String key) {
    int bits = 8 * random.nextInt(1, 129);
    Answer answer = http.kms("create-datakey", Map.of("key_id", key, "datakey_length", bits)).ok();
    ledger.created(
        new CrashLedger.Datakey(key, answer.text("cipher_text"), answer.text("plain_text")));
  }
}
