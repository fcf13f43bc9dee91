package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Keys and their material in transactions, whatever the database.
abstract class CmkMaterialContract extends CmkContract {
  @Test
  void keyHasAllVersionsOfItsMaterial() {
    StoredCmk key = inserted("k1");
    StoredMaterial first = cmks().material(key.cmk().id(), 0).orElseThrow();
    StoredMaterial second = version(key, 1, T0.plusMillis(1));

    cmks().putMaterial(second);

    assertThat(cmks().material(key.cmk().id(), 0)).contains(first);
    assertThat(cmks().material(key.cmk().id(), 1)).contains(second);
    assertThat(cmks().material(key.cmk().id(), 2)).isEmpty();
    assertThat(cmks().versions(key.cmk().id()))
        .containsExactly(new MaterialVersion(0, T0), new MaterialVersion(1, T0.plusMillis(1)));
    assertThat(cmks().versions(KeyId.random())).isEmpty();
  }

  @Test
  void erasedMaterialIsGoneUntilItIsPutAgain() {
    StoredCmk key = inserted("k1");
    StoredMaterial before = cmks().material(key.cmk().id(), 0).orElseThrow();
    StoredCmk other = inserted("k2");

    cmks().eraseMaterial(key.cmk().id(), 0);

    assertThat(cmks().material(key.cmk().id(), 0)).isEmpty();
    assertThat(cmks().versions(key.cmk().id())).isEmpty();
    assertThat(cmks().material(other.cmk().id(), 0)).isPresent();
    cmks().putMaterial(before);
    assertThat(cmks().material(key.cmk().id(), 0)).contains(before);
  }

  @Test
  void keyAndMaterialChangeTogetherOrNotAtAll() {
    StoredCmk key = inserted("k1");
    StoredCmk rotated = stored(key.cmk().rotated(T0));

    assertThatThrownBy(() ->
            transactions()
                .write(() -> {
                  assertThat(cmks().replace(rotated)).isTrue();
                  cmks().putMaterial(version(key, 1, T0));
                  throw new ArithmeticException("made up");
                }))
        .isInstanceOf(ArithmeticException.class);

    assertThat(cmks().find(project, key.cmk().id())).contains(key);
    assertThat(cmks().versions(key.cmk().id())).hasSize(1);
  }

  @Test
  void destroyedKeyIsGoneWithItsMaterialAndItsNameIsFree() {
    StoredCmk key = pendingDeletion("k1", T0);
    KeyId id = key.cmk().id();
    cmks().putMaterial(version(key, 1, T0));

    assertThat(cmks().destroy(id, key.cmk().revision())).isTrue();

    assertThat(cmks().find(project, id)).isEmpty();
    assertThat(cmks().material(id, 0)).isEmpty();
    assertThat(cmks().versions(id)).isEmpty();
    assertThat(cmks().countCustom(project)).isZero();
    assertThat(cmks().destroy(id, key.cmk().revision())).isFalse();
    inserted("k1");
  }

  @Test
  void keyThatHasChangedIsNotDestroyed() {
    StoredCmk key = pendingDeletion("k1", T0);
    cmks().replace(stored(key.cmk().deletionCancelled()));

    assertThat(cmks().destroy(key.cmk().id(), key.cmk().revision())).isFalse();
    assertThat(cmks().destroy(key.cmk().id(), key.cmk().revision() + 1))
        .as("not pending deletion")
        .isFalse();
    assertThat(cmks().material(key.cmk().id(), 0)).isPresent();
  }

  @Test
  void eitherTheCancellationOrTheDestructionWins() throws Exception {
    for (int round = 0; round < 20; round++) {
      StoredCmk key = pendingDeletion("k" + round, T0);
      StoredCmk cancelled = stored(key.cmk().deletionCancelled());
      var turn = new java.util.concurrent.atomic.AtomicInteger();
      List<Boolean> won =
          atOnce(
              2,
              () ->
                  turn.getAndIncrement() == 0
                      ? cmks().replace(cancelled)
                      : cmks().destroy(key.cmk().id(), key.cmk().revision()));
      assertThat(won).containsOnlyOnce(true);
    }
  }

  @Test
  void failedTransactionLeavesNothing() {
    StoredCmk key = key("k1", T0);
    assertThatThrownBy(() ->
            transactions()
                .write(() -> {
                  cmks().insert(key, Optional.of(material(key)), QUOTA);
                  assertThat(cmks().find(project, key.cmk().id())).contains(key);
                  throw new ArithmeticException("made up");
                }))
        .isInstanceOf(ArithmeticException.class);
    assertThat(cmks().find(project, key.cmk().id())).isEmpty();
    assertThat(cmks().countCustom(project)).isZero();
  }

  @Test
  void refusalThatTheTransactionCatchesUndoesItselfAlone() {
    inserted("taken");
    transactions()
        .write(() -> {
          inserted("before");
          assertRejected(KmsError.ALIAS_IN_USE, () -> inserted("taken"));
          return inserted("after");
        });
    assertThat(cmks().countCustom(project)).isEqualTo(3);
    assertThat(cmks().count(project, KeyFilter.ALL)).isEqualTo(3);
  }

  @Test
  void readSeesOneSnapshot() {
    inserted("k1");
    List<Long> counts =
        transactions()
            .read(() -> {
              long before = cmks().count(project, KeyFilter.ALL);
              run(() -> inserted("k2"));
              return List.of(before, cmks().count(project, KeyFilter.ALL));
            });
    assertThat(counts).containsExactly(1L, 1L);
    assertThat(cmks().count(project, KeyFilter.ALL)).isEqualTo(2);
  }

  @Test
  void changeInsideAReadIsRefused() {
    assertThatThrownBy(() -> transactions().read(() -> inserted("k1")))
        .isInstanceOf(IllegalStateException.class);
  }

  private StoredMaterial version(StoredCmk key, int version, Instant createdAt) {
    StoredMaterial material = material(key);
    return new StoredMaterial(material.key(), version, material.wrapped(), createdAt);
  }
}
