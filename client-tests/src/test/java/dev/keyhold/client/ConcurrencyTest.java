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
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Many clients at one key at once: what they are told has an order in which it could have happened
/// one call after the other.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
class ConcurrencyTest {
  private static final int CLIENTS = 32;

  /// A disk that is busy with others may leave a caller without an answer, but not always.
  private static final int MOST_UNDECIDED = 10;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

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
        oneWinner(() -> {
          String key = newKey();
          String name = Names.fresh();
          return together(threads, _ -> http.kms("aliases", Map.of("key_id", key, "alias", name)));
        });
        oneWinner(() -> {
          String name = Names.fresh();
          return together(threads, _ -> http.kms("create-key", Map.of("key_alias", name)));
        });
      }
      row.figure("1 winner each time, the other 31 refused");
      row.passed();
    }
  }

  /// Plays until each was told whether they won: who was told 503 may have, so such a round only
  /// tells that no two did.
  private static void oneWinner(Callable<List<Answer>> round) throws Exception {
    for (int undecided = 0; ; undecided++) {
      List<Answer> answers = round.call();
      long winners = answers.stream().filter(answer -> answer.status() / 100 == 2).count();
      List<Answer> others = answers.stream().filter(answer -> answer.status() / 100 != 2).toList();
      assertThat(winners).isLessThanOrEqualTo(1);
      if (others.stream().noneMatch(answer -> answer.status() == 503)) {
        assertThat(winners).isEqualTo(1);
        assertThat(others)
            .hasSize(CLIENTS - 1)
            .allSatisfy(answer -> assertThat(answer.status()).isEqualTo(400));
        return;
      }
      assertThat(others).allSatisfy(answer -> assertThat(answer.status()).isIn(400, 503));
      assertThat(undecided)
          .describedAs("rounds with a 503 before this one")
          .isLessThan(Chaos.measures() ? 0 : MOST_UNDECIDED);
    }
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
    long inDoubt = 0;
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
          inDoubt += history.inDoubt();
        }
      }
      assertThat(inDoubt)
          .describedAs("calls that were told 503")
          .isLessThan(Chaos.measures() ? 1 : calls / 2);
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
    var perhaps = Call.inDoubt("disable-key", 0);
    var enabledAt10 = new Call("describe-key", KeyModel.ENABLED, 10, 11);
    var disabledAt12 = new Call("describe-key", KeyModel.DISABLED, 12, 13);
    var disabledAt40 = new Call("describe-key", KeyModel.DISABLED, 40, 41);
    assertThat(KeyHistory.hasAnOrder(List.of(perhaps, enabledAt10), KeyModel.ENABLED))
        .describedAs("perhaps never")
        .isTrue();
    assertThat(KeyHistory.hasAnOrder(List.of(perhaps, enabledAt10, disabledAt12), KeyModel.ENABLED))
        .describedAs("perhaps later")
        .isTrue();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(Call.inDoubt("disable-key", 20), disabledAt12), KeyModel.ENABLED))
        .describedAs("not before it began")
        .isFalse();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(perhaps, disabledAt12, enable, disabledAt40), KeyModel.ENABLED))
        .describedAs("not twice")
        .isFalse();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(perhaps, perhaps, disabledAt12, enable, disabledAt40), KeyModel.ENABLED))
        .isTrue();
    assertThat(
            KeyHistory.hasAnOrder(
                List.of(Call.inDoubt("enable-key", 0), disabledAt12, disabledAt40),
                KeyModel.ENABLED))
        .describedAs("nor anything else")
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
            Datakey datakey = newDatakey(key);
            assertThat(CrashLoad.versionOf(datakey))
                .describedAs("an acknowledged rotation is in force")
                .isGreaterThanOrEqualTo(before);
            made.add(datakey);
          }
          return null;
        });
      }
      var running = clients.stream().map(threads::submit).toList();
      try {
        for (int i = 1; i <= rotations; i++) {
          Http.patiently(() -> http.kms("rotate-on-demand", Map.of("key_id", key))).ok();
          acknowledged.set(i); // at least: an attempt that was told 503 may have been one more
        }
      } finally {
        done.set(true); // or the pool would wait for them
      }
      for (var one : running) {
        one.get();
      }
      made.forEach(datakey -> CrashTest.opensPatiently(http, datakey));
      row.figure(made.size() + " data keys of all versions open, none under a version before");
      row.passed();
    }
  }

  @Test
  void nothingIsDecryptedOnceADisableIsAcknowledged() throws Exception {
    int rounds = 4 * Chaos.rounds(3);
    int undecided = 0;
    int before = 0;
    try (var row =
            ChaosReport.of(
                    "F22 disable vs decrypt", "a key is disabled while others decrypt with it")
                .rounds(rounds);
        var threads = Executors.newFixedThreadPool(4)) {
      Datakey datakey = newDatakey(newKey());
      for (int round = 0; round < rounds; round++) {
        var users = new Users(datakey);
        boolean disabled = users.meetADisable(threads);
        before += users.earlier.get();
        assertThat(users.later).hasValue(0);
        if (disabled) {
          Map<String, String> key = Map.of("key_id", datakey.keyId());
          Http.once("KMS.1201", () -> http.kms("enable-key", key));
        } else {
          undecided++;
          datakey = newDatakey(newKey()); // the other one may be disabled at any time from now on
        }
      }
      assertThat(undecided)
          .describedAs("rounds whose disable was told 503")
          .isLessThan(Chaos.measures() ? 1 : rounds);
      row.figure(before + " decryptions before, 0 begun after the acknowledgement");
      row.passed();
    }
  }

  /// Who decrypt while the key is disabled.
  private final class Users {
    private static final int ENOUGH = 8;

    private final Datakey datakey;
    private final AtomicBoolean disabled = new AtomicBoolean();
    private final AtomicBoolean over = new AtomicBoolean();
    private final AtomicInteger earlier = new AtomicInteger();
    private final AtomicInteger later = new AtomicInteger();
    private final AtomicInteger refusedLater = new AtomicInteger();

    Users(Datakey datakey) {
      this.datakey = datakey;
    }

    /// @return whether the disable was acknowledged; otherwise nobody knows
    boolean meetADisable(ExecutorService threads) throws Exception {
      List<Future<Void>> running =
          IntStream.range(0, 4).mapToObj(_ -> threads.submit(this::use)).toList();
      Answer told;
      try {
        await(running, () -> earlier.get() >= ENOUGH);
        told = http.kms("disable-key", Map.of("key_id", datakey.keyId()));
        if (told.status() != 503) {
          told.ok();
          disabled.set(true);
          await(running, () -> later.get() + refusedLater.get() >= ENOUGH);
        }
      } finally {
        over.set(true); // or the pool would wait for them
      }
      for (var one : running) {
        one.get();
      }
      return disabled.get();
    }

    /// Until it is so, or one of them has failed, which [Future#get] tells.
    private static void await(List<Future<Void>> running, BooleanSupplier state) {
      ServerProcess.await(
          PATIENCE, () -> state.getAsBoolean() || running.stream().anyMatch(Future::isDone));
    }

    private Void use() {
      while (!over.get()) {
        boolean wasDisabled = disabled.get();
        Answer opened = CrashTest.open(http, datakey);
        if (opened.status() == 200) {
          (wasDisabled ? later : earlier).incrementAndGet();
        } else if (opened.status() != 503) {
          assertThat(opened.code()).isEqualTo("KMS.0209");
          refusedLater.addAndGet(wasDisabled ? 1 : 0);
        }
      }
      return null;
    }
  }

  private String newKey() {
    return Http.patiently(() -> http.kms("create-key", Map.of("key_alias", Names.fresh())))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  private Datakey newDatakey(String key) {
    Answer made = Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).ok();
    return new Datakey(key, made.text("cipher_text"), made.text("plain_text"));
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
