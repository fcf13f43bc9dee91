package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
class ConcurrencyTest {
  private static final int CLIENTS = 32;

  private final Http http = SharedServer.http();

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
  void stepsOfOneKeyHappenOneAfterTheOther() throws Exception {
    int rounds = Chaos.rounds(5);
    try (var row =
            ChaosReport.of(
                    "F22 steps of one key",
                    "32 clients disable, enable, schedule and cancel deletion of one key")
                .rounds(rounds);
        var threads = Executors.newFixedThreadPool(CLIENTS)) {
      for (int round = 0; round < rounds; round++) {
        String key = newKey();
        var accepted = new ConcurrentLinkedQueue<String>();
        List<String> actions =
            List.of("disable-key", "enable-key", "schedule-key-deletion", "cancel-key-deletion");
        together(
            threads,
            client -> {
              String action = actions.get(client % actions.size());
              Answer answer =
                  http.kms(
                      action,
                      action.equals("schedule-key-deletion")
                          ? Map.of("key_id", key, "pending_days", "7")
                          : Map.of("key_id", key));
              if (answer.status() == 200) {
                accepted.add(action);
              } else {
                assertThat(answer.status()).isEqualTo(400);
              }
              return answer;
            });
        String state =
            http.kms("describe-key", Map.of("key_id", key))
                .ok()
                .json()
                .at("/key_info/key_state")
                .asText();
        isPossible(List.copyOf(accepted), state);
      }
      row.figure("accepted steps always make a path from enabled to the state that the key has");
      row.passed();
    }
  }

  /// Each accepted step is an edge of the state machine; a path that uses all of them from enabled
  /// to `state` is a linear history (their order in time is not asked for).
  private static void isPossible(List<String> accepted, String state) {
    long disabled = count(accepted, "disable-key");
    long enabled = count(accepted, "enable-key");
    long scheduled = count(accepted, "schedule-key-deletion");
    long cancelled = count(accepted, "cancel-key-deletion");
    assertThat(scheduled - cancelled)
        .describedAs(accepted + " to " + state)
        .isEqualTo(state.equals(KeyModel.PENDING_DELETION) ? 1 : 0);
    // What leaves ENABLED: disable and some schedulings. What enters it: enable.
    long leftByScheduling = enabled + (state.equals(KeyModel.ENABLED) ? -1 : 0) - disabled + 1;
    assertThat(leftByScheduling).describedAs(accepted + " to " + state).isBetween(0L, scheduled);
  }

  private static long count(List<String> all, String one) {
    return all.stream().filter(one::equals).count();
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

  private interface Client {
    Answer call(int number);
  }

  private static List<Answer> together(ExecutorService threads, Client client) throws Exception {
    var start = new CyclicBarrier(CLIENTS);
    var all = new ArrayList<Callable<Answer>>();
    for (int i = 0; i < CLIENTS; i++) {
      int number = i;
      all.add(() -> {
        start.await();
        return client.call(number);
      });
    }
    var answers = new ArrayList<Answer>();
    for (var one : threads.invokeAll(all)) {
      answers.add(one.get());
    }
    return answers;
  }
}
