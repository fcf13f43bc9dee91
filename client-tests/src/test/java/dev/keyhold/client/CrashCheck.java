package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.CrashLedger.Data;
import dev.keyhold.client.CrashLedger.Datakey;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/// Asks a server for everything that a ledger says was acknowledged, before or elsewhere.
///
/// @param http of the account whose keys they are
/// @param guest of the account to whom they are granted
/// @param threads for calls side by side
record CrashCheck(CrashLedger ledger, Http http, Http guest, ExecutorService threads) {
  /// Of all keys that were called for since this was asked last, and some of the data keys.
  /// Afterwards these keys are enabled.
  void afterARound(SplittableRandom random) throws InterruptedException {
    Set<String> touched = isAsAcknowledged();
    refusesWhatIsNotEnabled(touched);
    everyKeyWorks(enableAll(touched));
    open(CrashLedger.sample(ledger.datakeys(), 200, 200, random));
  }

  /// Of everything.
  void atTheEnd() throws InterruptedException {
    areAsAcknowledged(ledger.keys());
    everyKeyWorks(enableAll(ledger.keys()));
    open(ledger.datakeys());
    decrypt(ledger.data());
  }

  /// Every acknowledged key is there in its acknowledged state, and nothing that nobody asked for.
  ///
  /// @return the keys that were called for
  private Set<String> isAsAcknowledged() throws InterruptedException {
    Map<String, JsonNode> listed = CrashTest.listed(http);
    assertThat(AuditRecords.missing(ledger.keys(), listed.keySet()))
        .describedAs("acknowledged keys are lost")
        .isEmpty();
    assertThat(
            listed.values().stream()
                .map(details -> details.path("key_alias").asText())
                .distinct()
                .count())
        .describedAs("names of keys")
        .isEqualTo(listed.size());
    var touched = new HashSet<>(ledger.touched());
    listed.forEach((key, details) -> {
      String state = details.path("key_state").asText();
      if (!ledger.knows(key)) {
        String name = details.path("key_alias").asText();
        ledger.settle(
            key,
            ledger
                .mayHaveBeenCreated(name)
                .orElseThrow(() -> new AssertionError("nobody asked for " + name)));
        if (details.path("origin").asText().equals("external")) {
          ledger.material(key);
        }
        touched.add(key);
      }
      assertThat(ledger.possible(key).stream().map(KeyModel::state)).contains(state);
      assertThat(details.path("scheduled_deletion_date").asText().isEmpty())
          .describedAs("the date of " + key + " in state " + state)
          .isNotEqualTo(state.equals(KeyModel.PENDING_DELETION));
      assertThat(details.path("key_spec").asText()).isIn("AES_256", "SM4");
    });
    assertThat(http.get(http.kmsPath("user-instances")).ok().json().path("instance_num").asInt())
        .isEqualTo(listed.size());
    ledger.forgetNamesInDoubt();
    areAsAcknowledged(touched);
    return touched;
  }

  /// All that a client can see of them, also the client to whom they were granted.
  private void areAsAcknowledged(Collection<String> keys) throws InterruptedException {
    forEach(
        keys,
        key -> {
          KeyModel seen = KeyModel.seen(http, key);
          assertThat(seen).describedAs("key " + key).isIn(ledger.possible(key));
          ledger.settle(key, seen);
          assertThat(
                  Http.patiently(() -> guest.kms("describe-key", Map.of("key_id", key))).status())
              .describedAs("what the grantee is told of " + key)
              .isEqualTo(seen.grants().isEmpty() ? 404 : 200);
        });
  }

  private void refusesWhatIsNotEnabled(Collection<String> keys) {
    for (String key : keys) {
      String code =
          switch (ledger.now(key).state()) {
            case KeyModel.ENABLED -> "";
            case KeyModel.DISABLED -> "KMS.0209";
            case KeyModel.PENDING_DELETION -> "KMS.0210";
            default -> "KMS.1301";
          };
      if (!code.isEmpty()) {
        assertThat(Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).code())
            .isEqualTo(code);
      }
    }
  }

  /// @return the keys
  private Collection<String> enableAll(Collection<String> keys) throws InterruptedException {
    forEach(
        keys,
        key -> {
          KeyModel now = ledger.now(key);
          if (now.state().equals(KeyModel.PENDING_DELETION)) {
            Http.once("KMS.1501", () -> http.kms("cancel-key-deletion", Map.of("key_id", key)));
          }
          if (now.state().equals(KeyModel.PENDING_IMPORT)) {
            Http.patiently(() -> CrashLoad.imported(http, key, ledger.material(key))).ok();
          } else if (!now.state().equals(KeyModel.ENABLED)) {
            Http.once("KMS.1201", () -> http.kms("enable-key", Map.of("key_id", key)));
          }
          ledger.settle(key, now.in(KeyModel.ENABLED));
        });
    return keys;
  }

  private void everyKeyWorks(Collection<String> keys) throws InterruptedException {
    forEach(
        keys,
        key -> {
          Http.Answer created =
              Http.patiently(() -> http.kms("create-datakey", Map.of("key_id", key))).ok();
          var made = new Datakey(key, created.text("cipher_text"), created.text("plain_text"));
          assertThat(CrashLoad.versionOf(made)).isEqualTo(ledger.now(key).rotations());
          CrashTest.opensPatiently(http, made);
        });
  }

  private void decrypt(Collection<Data> all) throws InterruptedException {
    forEach(
        all,
        data ->
            assertThat(
                    Http.patiently(() ->
                            http.kms("decrypt-data", Map.of("cipher_text", data.cipherText())))
                        .ok()
                        .text("plain_text"))
                .isEqualTo(data.plainText()));
  }

  private void open(Collection<Datakey> datakeys) throws InterruptedException {
    forEach(datakeys, datakey -> CrashTest.opensPatiently(http, datakey));
  }

  private <T> void forEach(Collection<T> all, Consumer<T> task) throws InterruptedException {
    var calls =
        all.stream()
            .<Callable<Void>>map(each ->
                () -> {
                  task.accept(each);
                  return null;
                })
            .toList();
    for (Future<Void> done : threads.invokeAll(calls)) {
      if (done.state() == Future.State.FAILED) {
        throw new AssertionError(done.exceptionNow());
      }
    }
  }
}
