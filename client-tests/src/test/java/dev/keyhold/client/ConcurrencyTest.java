package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import dev.keyhold.client.KeyHistory.Call;
import dev.keyhold.store.TestPostgres;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Many clients at one key at once: what they are told has an order in which it could have happened
/// one call after the other.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
class ConcurrencyTest {
  private static final int CLIENTS = 32;

  private Http http = SharedServer.http();

  @Test
  void oneOfManyGetsTheName() throws Exception {
    int rounds = Chaos.rounds(5);
    try (var row =
            ChaosReport.of(
                    "F22 one name", "32 clients create the same alias, then the same key name")
                .rounds(rounds);
        var threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int round = 0; round < rounds; round++) {
        String name = Names.fresh();
        String key = newKey();
        List<Answer> aliases =
            together(threads, _ -> http.kms("aliases", Map.of("key_id", key, "alias", name)));
        oneWinner(aliases);
        String keyName = Names.fresh();
        List<Answer> keys =
            together(threads, _ -> http.kms("create-key", Map.of("key_alias", keyName)));
        oneWinner(keys);
      }
      row.figure("1 winner each time, the other 31 refused");
      row.passed();
    }
  }

  private static void oneWinner(List<Answer> answers) {
    assertThat(answers.stream().filter(answer -> answer.status() / 100 == 2)).hasSize(1);
    assertThat(answers.stream().filter(answer -> answer.status() / 100 != 2))
        .hasSize(CLIENTS - 1)
        .allSatisfy(answer -> assertThat(answer.status()).isEqualTo(400));
  }

  @Test
  void callsOfOneKeyHappenOneAfterTheOther() throws Exception {
    callsHaveAnOrder("F22 one key's history");
  }

  /// Where many connections write, and the database alone decides who was first.
  @Test
  void onASharedStoreToo() throws Exception {
    String url = TestPostgres.shared().newDatabase();
    try (var server =
        ServerProcess.onNewFolder().with("store.url", url).with("store.user", TestPostgres.USER)) {
      server.start();
      http = Http.loggedIn(server.tenant());
      callsHaveAnOrder("F22 one key's history, PostgreSQL");
    }
  }

  private void callsHaveAnOrder(String test) throws Exception {
    int rounds = Chaos.rounds(5);
    long seed = Chaos.seed();
    int calls = 0;
    long steps = 0;
    try (var row =
            ChaosReport.of(
                    test,
                    "32 clients make one call each, then 6 make 12 each: they disable, enable,"
                        + " schedule and cancel the deletion of one key, describe and use it")
                .rounds(rounds);
        var threads = Executors.newFixedThreadPool(CLIENTS)) {
      row.figure("seed " + seed);
      for (int round = 0; round < rounds; round++) {
        for (KeyHistory history :
            List.of(
                history(threads, CLIENTS, 1, seed + round),
                history(threads, 6, 12, seed - round))) {
          assertThat(history.hasAnOrder(KeyModel.ENABLED))
              .describedAs("round %d: no order makes these answers: %s", round, history.calls())
              .isTrue();
          calls += history.calls().size();
          steps += history.steps();
        }
      }
      row.figure(
          "an order found of all answers, each between begin and end of its call: %d calls, %d"
                  .formatted(calls, steps)
              + " accepted steps");
      row.passed();
    }
  }

  /// Of a new key, and at the end, when all is quiet, one more look at it.
  private KeyHistory history(ExecutorService threads, int clients, int each, long seed)
      throws Exception {
    String key = newKey();
    var history = new KeyHistory();
    together(
        threads,
        clients,
        client -> {
          var random = new Random(seed * CLIENTS + client);
          for (int i = 0; i < each; i++) {
            history.call(
                http, key, KeyHistory.ACTIONS.get(random.nextInt(KeyHistory.ACTIONS.size())));
          }
          return client;
        });
    history.call(http, key, "describe-key");
    assertThat(history.calls()).hasSize(clients * each + 1);
    return history;
  }

  /// What the search is worth: it finds no order where there is none.
  @Test
  void historyThatCannotBeHasNoOrder() {
    var disable = new Call("disable-key", "", 0, 10);
    var enable = new Call("enable-key", "", 20, 30);
    assertThat(KeyHistory.hasAnOrder(List.of(enable, disable), KeyModel.ENABLED)).isTrue();
    // As many of each, so counting sees nothing; but what is enabled can't be enabled first.
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(new Call("enable-key", "", 0, 10), new Call("disable-key", "", 20, 30)),
                KeyModel.ENABLED))
        .isFalse();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(new Call("enable-key", "", 0, 20), new Call("disable-key", "", 10, 30)),
                KeyModel.ENABLED))
        .describedAs("together, the other one may have been first")
        .isTrue();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(disable, new Call("create-datakey", "", 11, 12), enable), KeyModel.ENABLED))
        .describedAs("used between an acknowledged disable and the enable after it")
        .isFalse();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(disable, new Call("create-datakey", "KMS.0209", 11, 12), enable),
                KeyModel.ENABLED))
        .isTrue();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(disable, new Call("disable-key", "", 5, 15)), KeyModel.ENABLED))
        .describedAs("disabled twice")
        .isFalse();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(
                    disable,
                    new Call("schedule-key-deletion", "", 5, 15),
                    new Call("cancel-key-deletion", "", 12, 25),
                    new Call("describe-key", KeyModel.ENABLED, 26, 27)),
                KeyModel.ENABLED))
        .describedAs("a cancelled deletion leaves the key disabled")
        .isFalse();
  }

  @Test
  void whatIsWrappedDuringRotationOpensAndVersionsNeverGoBack() throws Exception {
    int rotations = 10 * Chaos.rounds(3);
    try (var row =
            ChaosReport.of(
                    "F22 rotate vs encrypt", "a key is rotated while others encrypt under it")
                .rounds(rotations);
        var threads = Executors.newFixedThreadPool(4)) {
      String key = newKey();
      var done = new AtomicBoolean();
      var made = new ConcurrentLinkedQueue<Datakey>();
      var acknowledged = new AtomicInteger();
      var clients = new ArrayList<Callable<Void>>();
      for (int i = 0; i < 4; i++) {
        clients.add(() -> {
          while (!done.get()) {
            int before = acknowledged.get();
            Answer answer = http.kms("create-datakey", Map.of("key_id", key)).ok();
            var datakey = new Datakey(key, answer.text("cipher_text"), answer.text("plain_text"));
            assertThat(CrashLoad.versionOf(datakey))
                .describedAs("an acknowledged rotation is in force")
                .isGreaterThanOrEqualTo(before);
            made.add(datakey);
          }
          return null;
        });
      }
      var running = clients.stream().map(threads::submit).toList();
      for (int i = 1; i <= rotations; i++) {
        http.kms("rotate-on-demand", Map.of("key_id", key)).ok();
        acknowledged.set(i);
      }
      done.set(true);
      for (var one : running) {
        one.get();
      }
      made.forEach(datakey -> CrashTest.opens(http, datakey));
      row.figure(made.size() + " data keys of all versions open, none under a version before");
      row.passed();
    }
  }

  @Test
  void nothingIsDecryptedOnceADisableIsAcknowledged() throws Exception {
    int rounds = 4 * Chaos.rounds(3);
    int late = 0;
    int before = 0;
    try (var row =
            ChaosReport.of(
                    "F22 disable vs decrypt", "a key is disabled while others decrypt with it")
                .rounds(rounds);
        var threads = Executors.newFixedThreadPool(4)) {
      String key = newKey();
      Answer answer = http.kms("create-datakey", Map.of("key_id", key)).ok();
      Map<String, String> open =
          Map.of(
              "key_id",
              key,
              "cipher_text",
              answer.text("cipher_text"),
              "datakey_cipher_length",
              "64");
      for (int round = 0; round < rounds; round++) {
        var disabled = new AtomicBoolean();
        var over = new AtomicBoolean();
        var earlier = new AtomicInteger();
        var later = new AtomicInteger();
        var clients = new ArrayList<Callable<Void>>();
        for (int i = 0; i < 4; i++) {
          clients.add(() -> {
            while (!over.get()) {
              boolean wasDisabled = disabled.get();
              Answer opened = http.kms("decrypt-datakey", open);
              if (opened.status() == 200) {
                (wasDisabled ? later : earlier).incrementAndGet();
              } else {
                assertThat(opened.code()).isEqualTo("KMS.0209");
              }
            }
            return null;
          });
        }
        var running = clients.stream().map(threads::submit).toList();
        ServerProcess.pause(Duration.ofMillis(20));
        http.kms("disable-key", Map.of("key_id", key)).ok();
        disabled.set(true);
        ServerProcess.pause(Duration.ofMillis(20));
        over.set(true);
        for (var one : running) {
          one.get();
        }
        before += earlier.get();
        late += later.get();
        http.kms("enable-key", Map.of("key_id", key)).ok();
      }
      assertThat(late).isZero();
      row.figure(before + " decryptions before, 0 begun after the acknowledgement");
      row.passed();
    }
  }

  private String newKey() {
    return http.kms("create-key", Map.of("key_alias", Names.fresh()))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  private interface Client<T> {
    T call(int number);
  }

  private static <T> List<T> together(ExecutorService threads, Client<T> client) throws Exception {
    return together(threads, CLIENTS, client);
  }

  private static <T> List<T> together(ExecutorService threads, int clients, Client<T> client)
      throws Exception {
    var start = new CyclicBarrier(clients);
    var all = new ArrayList<Callable<T>>();
    for (int i = 0; i < clients; i++) {
      int number = i;
      all.add(() -> {
        start.await();
        return client.call(number);
      });
    }
    var answers = new ArrayList<T>();
    for (var one : threads.invokeAll(all)) {
      answers.add(one.get());
    }
    return answers;
  }
}
