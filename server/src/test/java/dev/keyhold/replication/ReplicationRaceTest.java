package dev.keyhold.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.Regions.Role;
import dev.keyhold.keyring.TestVault;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// Calls, rounds and other nodes at the same key at once, and answers that come late or never.
class ReplicationRaceTest extends ThreeRegions {
  /// As when the rounds ask a replica how it stands, and a caller rotates the key meanwhile.
  @Test
  void anAnswerThatCameLateDoesNotUndoWhatIsKnownSince() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    a.replicate(id, c);
    var asked = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    b.beforeAnswering.set(() -> {
      asked.countDown();
      await(goOn);
    });
    var rounds = CompletableFuture.runAsync(() -> a.replicator.beforeDeletion(a.store.project, id));
    await(asked); // b has said that it has the first version only, and that is not heard yet
    c.beforeAnswering.set(() -> {
      goOn.countDown();
      rounds.join();
    });

    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(a.regions(id).hasWork(1)).isFalse();
  }

  @Test
  void thatAReplicaIsNotThereYetDoesNotUndoItsMaking() {
    KeyId id = a.key().id();
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    b.down = false;
    b.beforeAnswering.set(() -> a.replicate(id, b));
    a.replicator.beforeDeletion(a.store.project, id); // asks, and hears of it when it is made

    assertThat(a.regions(id).in("b").orElseThrow().has()).isZero();
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(b.decrypt(id, 1, a.encrypt(id, DATA))).contains(DATA);
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /// The rounds deliver what a call has staged, and the call's own answer is lost.
  @Test
  void aRotationThatOthersFinishedIsDone() {
    KeyId id = everywhere();
    c.beforeAnswering.set(() -> {
      a.replicator.deliverAll();
      c.losesAnswers = true;
    });

    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void twoRotationsAtOnceAreOne() {
    KeyId id = everywhere();
    b.beforeReceiving.set(() -> assertThat(a.rotate(id).currentVersion()).isEqualTo(1));

    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(a.load(id).newestVersion()).isEqualTo(1);
  }

  /// The first call has made it, and nobody knows; the second finds the region down.
  @Test
  void aReplicaThatAnEarlierCallMayHaveMadeIsNotForgotten() {
    KeyId id = a.key().id();
    b.losesAnswers = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    b.losesAnswers = false;
    a.losesSightOf(b);
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    a.knows(b);

    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void aReplicaWhoseRegionCanNotBeReachedAtAllIsNotWaitedFor() {
    KeyId id = a.key().id();
    a.losesSightOf(b);
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));

    assertThat(a.regions(id).replicas()).isEmpty();
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void twoCallsThatMakeTheSameReplicaBothSucceed() {
    for (int round = 0; round < 20; round++) {
      KeyId id = a.key().id();
      var second = new CompletableFuture<Void>();
      b.beforeReceiving.set(() -> {
        var unused =
            CompletableFuture.runAsync(() -> a.replicate(id, b))
                .whenComplete((_, failure) -> {
                  if (failure == null) {
                    second.complete(null);
                  } else {
                    second.completeExceptionally(failure);
                  }
                });
        Thread.yield();
      });
      a.replicate(id, b);
      assertThat(
              second.exceptionally(failure -> {
                // Unless it came when the replica was there already.
                assertThat(failure)
                    .hasMessageFindingMatch("has a replica in b already|by another call");
                return null;
              }))
          .succeedsWithin(Duration.ofMinutes(1));
      assertThat(a.regions(id).in("b").filter(Replica::isConfirmed)).isPresent();
    }
  }

  /// The first call's answer was lost, and it was for a project that the region does not accept.
  @Test
  void aReplicaThatCanNotBeIsNotWaitedForEither() {
    KeyId id = a.key().id();
    b.losesAnswers = true;
    refused(
        KmsError.SERVICE_UNAVAILABLE,
        () ->
            a.replicator.replicate(
                a.store.project,
                id,
                new Replicator.Wish("b", ProjectId.random(), "name", "", "0", List.of())));
    b.losesAnswers = false;
    a.replicator.beforeDeletion(a.store.project, id);
    a.waits(Duration.ofSeconds(16));
    a.replicator.deliverAll();

    assertThat(a.regions(id).replicas()).isEmpty();
    a.replicate(id, b);
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }

  /// What makes it is on its way when the rounds ask for it, and the answer is lost.
  @Test
  void aReplicaOnItsWayIsNotGivenUp() {
    KeyId id = a.key().id();
    b.beforeReceiving.set(() -> {
      a.replicator.deliverAll();
      a.waits(Duration.ofSeconds(16));
      a.replicator.deliverAll(); // even if that takes uncommonly long
      b.losesAnswers = true;
    });
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, b));
    b.losesAnswers = false;

    assertThat(a.regions(id).in("b")).isPresent();
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void aKeyIsNotDeletedWhileAReplicaIsOnItsWay() {
    KeyId id = a.key().id();
    b.beforeReceiving.set(() -> {
      a.replicator.beforeDeletion(a.store.project, id);
      refused(
          KmsError.INVALID_PARAMETER,
          () ->
              a.keys.change(
                  a.load(id), it -> it.deletionScheduled(TestVault.NOW, Duration.ofDays(7))));
    });
    a.replicate(id, b);
    assertThat(a.regions(id).in("b").filter(Replica::isConfirmed)).isPresent();
  }

  @Test
  void aReplicaOnItsWayWhileThePrimaryMovesIsTheNewPrimarys() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    c.beforeReceiving.set(() -> {
      a.movePrimary(id, b);
      assertThat(b.regions(id).role()).isEqualTo(Role.PRIMARY);
    });
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, c));

    b.replicator.deliverAll();
    assertThat(a.regions(id).replicas()).isEmpty();
    assertThat(b.regions(id).in("c").filter(Replica::isConfirmed)).isPresent();
    assertThat(b.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(b, c, id);
  }

  /// The move is not done yet either.
  @Test
  void aReplicaOnItsWayWhileThePrimaryIsToMoveIsTheNewPrimarys() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    c.beforeReceiving.set(() -> {
      b.losesAnswers = true;
      refused(KmsError.SERVICE_UNAVAILABLE, () -> a.movePrimary(id, b));
      b.losesAnswers = false;
    });
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.replicate(id, c));
    a.movePrimary(id, b);
    b.replicator.deliverAll();

    assertThat(b.regions(id).in("c").filter(Replica::isConfirmed)).isPresent();
  }

  @Test
  void aRefusedDeletionGivesNoReplicaUp() {
    KeyId id = everywhere();
    a.forgets(c);
    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.replicator.withoutStrangers(a.load(id))).isEqualTo(a.load(id));
    assertThat(a.regions(id).replicas()).hasSize(2);

    a.forgets(b);
    Cmk deletable = a.replicator.withoutStrangers(a.load(id));
    assertThat(deletable.deletionScheduled(TestVault.NOW, Duration.ofDays(7))).isNotNull();
  }
}
