package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;

/// One caller at one node who makes keys and data keys and switches keys off and on, through
/// whatever happens to the database. A call that failed may have been done or not: its key is left
/// alone from then on.
final class OutageLoad implements Callable<Void> {
  private static final Duration BREATH = Duration.ofMillis(20);

  private final Http http;
  private final CrashLedger ledger;
  private final RandomGenerator random;
  private final Outage outage;
  private final List<String> keys = new ArrayList<>();

  OutageLoad(Http http, CrashLedger ledger, RandomGenerator random, Outage outage) {
    this.http = http;
    this.ledger = ledger;
    this.random = random;
    this.outage = outage;
  }

  @Override
  public Void call() {
    while (!outage.isOver()) {
      step();
    }
    return null;
  }

  private void step() {
    if (keys.isEmpty() || random.nextInt(5) == 0) {
      createKey();
      return;
    }
    String key = keys.get(random.nextInt(keys.size()));
    if (ledger.now(key).state().equals(KeyModel.DISABLED)) {
      change("enable-key", key, KeyModel.ENABLED);
    } else if (random.nextInt(4) == 0) {
      change("disable-key", key, KeyModel.DISABLED);
    } else {
      createDatakey(key);
    }
  }

  private void createKey() {
    String name = Names.fresh();
    KeyModel fresh = KeyModel.fresh(KeyModel.ENABLED);
    ledger.creating(name, fresh);
    call("create-key", Map.of("key_alias", name))
        .map(answer -> answer.json().at("/key_info/key_id").asText())
        .ifPresent(key -> {
          ledger.created(name, key, fresh);
          keys.add(key);
        });
  }

  private void change(String action, String key, String state) {
    KeyModel next = ledger.now(key).in(state);
    ledger.changing(key, next);
    if (call(action, Map.of("key_id", key)).isPresent()) {
      ledger.changed(action, key, next);
    } else {
      keys.remove(key);
    }
  }

  private void createDatakey(String key) {
    call("create-datakey", Map.of("key_id", key))
        .ifPresent(answer ->
            ledger.created(
                new CrashLedger.Datakey(
                    key, answer.text("cipher_text"), answer.text("plain_text"))));
  }

  /// @return empty when the node can't do it now
  private Optional<Answer> call(String action, Map<String, ?> body) {
    long began = System.nanoTime();
    Answer answer = http.kms(action, body);
    outage.answered(answer.status(), System.nanoTime() - began);
    if (answer.status() == 503 || answer.status() == 504) {
      ServerProcess.pause(BREATH);
      return Optional.empty();
    }
    return Optional.of(answer.ok()); // any other failure fails the test
  }
}
