package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.CrashLedger.Datakey;
import dev.keyhold.client.Http.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The disk of the embedded store has no room.
@Tag(Chaos.TAG)
class DiskFullTest {
  private static final Duration RECOVERY = Duration.ofSeconds(10);
  private static final int CALLS = 60;

  @TempDir private Path mount;
  @TempDir private Path elsewhere;

  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  /// State of each key as it was acknowledged.
  private final Map<String, String> states = new HashMap<>();

  private final Set<String> refusedNames = new HashSet<>();

  @Test
  void changesAreRefusedAndKeysGoOnWorking() throws Exception {
    int rounds = Chaos.rounds(2);
    long longest = 0;
    int refused = 0;
    try (var row =
            ChaosReport.of(
                    "F3 store disk full", "no room under the embedded store, again and again")
                .rounds(rounds);
        var disk = SmallDisk.mount(mount, 16 * 1024);
        var server =
            ServerProcess.on(mount.resolve("data"))
                .with("audit.dir", elsewhere.resolve("audit").toString())) {
      row.figure("seed " + seed);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      for (int i = 0; i < 10; i++) {
        create(http);
      }
      var datakeys = new ArrayList<Datakey>();
      for (int round = 0; round < rounds; round++) {
        datakeys.add(datakey(http));
        disk.fill(random.nextInt(64 * 1024));
        while (change(http)) {
          // until there is no room
        }
        for (int i = 0; i < CALLS; i++) {
          refused += change(http) ? 0 : 1;
          CrashTest.opens(http, datakeys.get(random.nextInt(datakeys.size())));
        }
        assertThat(http.get("/health/live").status()).isEqualTo(200);
        datakeys.add(datakey(http));
        isAsAcknowledged(http);

        disk.makeRoom();
        long freed = System.nanoTime();
        while (!create(http)) {
          assertThat(System.nanoTime() - freed).isLessThan(RECOVERY.toNanos());
          ServerProcess.pause(Duration.ofMillis(20));
        }
        longest = Math.max(longest, System.nanoTime() - freed);
        isAsAcknowledged(http);
      }
      assertThat(refused).isPositive();
      server.kill();
      server.start();
      http = Http.loggedIn(server.tenant());
      isAsAcknowledged(http);
      for (Datakey datakey : datakeys) {
        CrashTest.opens(http, datakey);
      }
      assertThat(server.stop()).isZero();
      CrashTest.isWhole(List.of(mount.resolve("data").resolve("keyhold.db")));
      row.figure(
          "%d changes refused with 503, none of them done; every decryption answered"
              .formatted(refused));
      row.figure("changes served %d ms after room at the latest".formatted(longest / 1_000_000));
      row.passed();
    }
  }

  /// The log of the audit on the same disk: nothing is done that can't be recorded.
  @Test
  void withoutRoomForItsRecordNothingIsDone() throws Exception {
    try (var row =
            ChaosReport.of("F3 one disk full", "no room under the store and the audit folder");
        var disk = SmallDisk.mount(mount, 16 * 1024);
        var server = ServerProcess.on(mount.resolve("data"))) {
      server.start();
      Http http = Http.loggedIn(server.tenant());
      create(http);
      Datakey datakey = datakey(http);
      disk.fill(0);
      Map<String, String> open =
          Map.of(
              "key_id",
              datakey.keyId(),
              "cipher_text",
              datakey.cipherText(),
              "datakey_cipher_length",
              "64");
      int answered = 0; // what is left of the segment's last block
      while (http.kms("decrypt-datakey", open).status() == 200) {
        assertThat(++answered).isLessThan(1000);
      }
      for (int i = 0; i < CALLS; i++) {
        isUnavailable(http.kms("decrypt-datakey", open));
        assertThat(change(http)).isFalse();
      }
      disk.makeRoom();
      long freed = System.nanoTime();
      while (!create(http)) {
        assertThat(System.nanoTime() - freed).isLessThan(RECOVERY.toNanos());
        ServerProcess.pause(Duration.ofMillis(20));
      }
      row.figure(
          "%d of %d calls refused with 503; served %d ms after room"
              .formatted(2 * CALLS, 2 * CALLS, (System.nanoTime() - freed) / 1_000_000));
      CrashTest.opens(http, datakey);
      isAsAcknowledged(http);
      assertThat(server.stop()).isZero();
      row.passed();
    }
  }

  /// @return false when it was refused for want of room
  private boolean change(Http http) {
    String key = anyKey();
    String state = states.getOrDefault(key, "");
    if (state.isEmpty() || random.nextInt(3) == 0) {
      return create(http);
    }
    return state.equals(KeyModel.ENABLED)
        ? change(http, "disable-key", key, KeyModel.DISABLED)
        : change(http, "enable-key", key, KeyModel.ENABLED);
  }

  private String anyKey() {
    return List.copyOf(states.keySet()).get(random.nextInt(states.size()));
  }

  private boolean change(Http http, String action, String key, String next) {
    Answer answer = http.kms(action, Map.of("key_id", key));
    if (answer.status() == 200) {
      states.put(key, next);
      return true;
    }
    isUnavailable(answer);
    return false;
  }

  private boolean create(Http http) {
    String name = Names.fresh();
    Answer answer = http.kms("create-key", Map.of("key_alias", name));
    if (answer.status() == 200) {
      states.put(answer.json().at("/key_info/key_id").asText(), KeyModel.ENABLED);
      return true;
    }
    isUnavailable(answer);
    refusedNames.add(name);
    return false;
  }

  private Datakey datakey(Http http) {
    String key =
        states.keySet().stream()
            .filter(id -> states.getOrDefault(id, "").equals(KeyModel.ENABLED))
            .findFirst()
            .orElseThrow();
    Answer answer = http.kms("create-datakey", Map.of("key_id", key)).ok();
    return new Datakey(key, answer.text("cipher_text"), answer.text("plain_text"));
  }

  private static void isUnavailable(Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(503);
    assertThat(answer.code()).isEqualTo("KMS.0104");
    assertThat(answer.header("Retry-After")).contains("1");
    assertThat(answer.body()).doesNotContain("plain_text", "cipher_text");
  }

  private void isAsAcknowledged(Http http) {
    var seen = new HashMap<String, String>();
    CrashTest.listed(http)
        .forEach((key, details) -> {
          seen.put(key, details.path("key_state").asText());
          assertThat(refusedNames).doesNotContain(details.path("key_alias").asText());
        });
    assertThat(seen).isEqualTo(states);
  }
}
