package dev.keyhold.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.Regions.Role;
import dev.keyhold.keyring.TestVault;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Regions whose store was put back from a backup, or lost its last changes.
class RestoredRegionTest extends ThreeRegions {
  @Test
  void anOldPrimaryPutBackFromABackupStepsDown() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    var before = a.regions(id);
    a.movePrimary(id, b);
    a.keys.change(a.load(id), cmk -> Regions.changed(cmk, _ -> before)); // the backup

    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // stages, and learns
    assertThat(a.load(id).currentVersion()).isZero();
    assertThat(a.regions(id).role()).isEqualTo(Role.REPLICA);
    b.replicator.beforeDeletion(b.store.project, id); // asks, and must not believe in a's leftover
    b.rotate(id);
    assertThat(a.decrypt(id, 1, b.encrypt(id, DATA))).contains(DATA);
  }

  /// The answer to a question of now counts, even if it is less than was known.
  @Test
  void aReplicaPutBackFromABackupIsToldAgain() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    var ahead = new Replica("b", b.store.project, 5, 5);
    a.keys.change(a.load(id), cmk -> Regions.changed(cmk, it -> it.with(ahead)));

    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.regions(id).in("b").orElseThrow().has()).isZero();
    assertThat(a.regions(id).in("b").orElseThrow().uses()).isZero();
  }

  /// As a store that has lost all that happened since `before`, but for what was made under the
  /// same numbers.
  private static void putBack(TestRegion region, Cmk before) {
    region.keys.change(
        region.load(before.id()), now -> before.toBuilder().revision(now.revision() + 1).build());
  }

  /// It would be other material under a number that is taken, and neither would open the other's.
  @Test
  void aPrimaryThatHasLostARotationDoesNotMakeItAnew() {
    KeyId id = everywhere();
    Cmk before = a.load(id);
    a.rotate(id);
    putBack(a, before);

    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    assertThat(a.load(id).newestVersion()).isZero();

    a.movePrimary(id, b);
    b.replicator.deliverAll();
    assertThat(b.rotate(id).currentVersion()).isEqualTo(2);
    allOpenWhatAnyEncrypts(id);
  }

  /// Its replicas may have got what it then gave up.
  @Test
  void whatWasStagedAndGivenUpIsUsedNowhere() {
    KeyId id = everywhere();
    Cmk before = a.load(id);
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // c has it, as version 1
    b.down = false;
    a.waits(Duration.ofSeconds(16));
    a.replicator.deliverAll();
    assertThat(List.of(a.load(id).currentVersion(), b.load(id).currentVersion())).containsOnly(1);
    Cmk cOfBefore = c.load(id).toBuilder().currentVersion(0).build();
    putBack(c, cOfBefore);
    putBack(a, before);
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // another version 1, which c gets
    b.down = false;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // b uses the first one
    a.movePrimary(id, b);
    b.replicator.deliverAll();

    assertThat(c.load(id).currentVersion()).isEqualTo(1);
    allOpenWhatAnyEncrypts(id);
  }

  /// What a replica has of before is not what is staged while it is asked.
  @Test
  void whatAReplicaHasWithoutHavingBeenSentItDoesNotCount() {
    KeyId id = everywhere();
    Cmk before = a.load(id);
    c.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // b has it, as version 1
    c.down = false;
    putBack(a, before);
    b.beforeAnswering.set(() -> {
      b.down = true;
      refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // another version 1
      b.down = false;
    });
    a.replicator.beforeDeletion(a.store.project, id);
    a.rotate(id);

    allOpenWhatAnyEncrypts(id);
  }

  /// As when the copy is of before the key was replicated.
  @Test
  void aPrimaryThatHasForgottenItsReplicaIsToldOfItWhenItMakesItAgain() {
    KeyId id = a.key().id();
    Cmk before = a.load(id);
    a.replicate(id, b);
    a.rotate(id);
    putBack(a, before);

    a.replicate(id, b);
    assertThat(a.regions(id).hasWork(0)).isFalse(); // nobody is asked again and again
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id));
    a.movePrimary(id, b);
    b.replicator.deliverAll();
    assertThat(b.rotate(id).currentVersion()).isEqualTo(2);
    opensWhatWasEncryptedIn(b, a, id);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void whatAnOldPrimaryStagedIsNotTakenForTheNewOnes() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk before = a.load(id);
    a.movePrimary(id, b);
    putBack(a, before);
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // staged, and told nobody
    b.down = false;

    assertThat(b.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(a.regions(id).role()).isEqualTo(Role.REPLICA);
    opensWhatWasEncryptedIn(b, a, id);
    opensWhatWasEncryptedIn(a, b, id);
  }

  /// The new primary believes that the old one has it, for it once had.
  @Test
  void whatAnOldPrimaryStagedFillsNoGap() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk before = a.load(id);
    a.movePrimary(id, b);
    b.rotate(id);
    byte[] sealed = b.encrypt(id, DATA);
    putBack(a, before);
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.rotate(id)); // another version 1
    b.down = false;

    refused(KmsError.SERVICE_UNAVAILABLE, () -> b.rotate(id)); // learns that a lacks version 1
    b.replicator.deliverAll();
    assertThat(a.load(id).currentVersion()).isEqualTo(2);
    assertThat(a.decrypt(id, 1, sealed)).contains(DATA);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void anOldPrimaryStepsDownWhenItIsTold() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk before = a.load(id);
    a.movePrimary(id, b);
    putBack(a, before);

    assertThat(b.rotate(id).currentVersion()).isEqualTo(1);
    assertThat(a.regions(id).role()).isEqualTo(Role.REPLICA);
    assertThat(a.load(id).currentVersion()).isEqualTo(1);
  }

  @Test
  void anOldPrimaryCanBeMadeThePrimaryAgain() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk before = a.load(id);
    a.movePrimary(id, b);
    putBack(a, before);

    b.movePrimary(id, a);
    assertThat(a.regions(id).role()).isEqualTo(Role.PRIMARY);
    assertThat(b.regions(id).role()).isEqualTo(Role.REPLICA);
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void aPrimaryThatForgotThatItWasToMoveStaysThePrimary() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    Cmk before = a.load(id);
    b.keys.change(b.load(id), it -> it.deletionScheduled(TestVault.NOW, Duration.ofDays(7)));
    refused(KmsError.INVALID_PARAMETER, () -> a.movePrimary(id, b));
    b.keys.change(b.load(id), Cmk::deletionCancelled);
    b.keys.change(b.load(id), Cmk::enabled);
    putBack(a, before);

    a.replicator.beforeDeletion(a.store.project, id);
    assertThat(a.regions(id).role()).isEqualTo(Role.PRIMARY);
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }

  @Test
  void aPrimaryThatWasAwayAndBackWhenItLeftFindsItselfThePrimary() {
    KeyId id = a.key().id();
    a.replicate(id, b);
    b.down = true;
    refused(KmsError.SERVICE_UNAVAILABLE, () -> a.movePrimary(id, b));
    b.down = false;
    Cmk leaving = a.load(id);
    a.movePrimary(id, b);
    b.movePrimary(id, a);
    assertThat(a.regions(id).role()).isEqualTo(Role.PRIMARY);
    putBack(a, leaving);

    a.waits(Duration.ofSeconds(16));
    a.replicator.deliverAll();
    assertThat(a.regions(id).role()).isEqualTo(Role.PRIMARY);
    assertThat(a.rotate(id).currentVersion()).isEqualTo(1);
    opensWhatWasEncryptedIn(a, b, id);
  }
}
