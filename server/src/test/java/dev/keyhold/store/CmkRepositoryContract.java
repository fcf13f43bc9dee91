package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Keys that are stored and replaced, whatever the database.
abstract class CmkRepositoryContract extends CmkContract {
  @Test
  void storedKeyComesBackAsItWas() {
    StoredCmk key = key("k1", T0);
    StoredMaterial material = material(key);

    cmks().insert(key, Optional.of(material), QUOTA);

    assertThat(cmks().find(project, key.cmk().id())).contains(key);
    assertThat(cmks().material(key.cmk().id(), 0)).contains(material);
  }

  @Test
  void storedKeySurvivesRestart() {
    StoredCmk key = key("k1", T0);
    StoredMaterial material = material(key);
    cmks().insert(key, Optional.of(material), QUOTA);

    store().reopen();

    assertThat(cmks().find(project, key.cmk().id())).contains(key);
    assertThat(cmks().material(key.cmk().id(), 0)).contains(material);
    assertThat(cmks().countCustom(project)).isEqualTo(1);
  }

  @Test
  void everyStateComesBack() {
    for (KeyState state :
        List.of(
            new KeyState.Enabled(),
            new KeyState.Disabled(),
            new KeyState.PendingImport(),
            new KeyState.PendingDeletion(T0.plusMillis(1)))) {
      StoredCmk key = stored(with(key("k" + random.nextInt(), T0).cmk(), state));
      cmks().insert(key, Optional.empty(), QUOTA);
      assertThat(cmks().find(project, key.cmk().id())).contains(key);
    }
  }

  @Test
  void timesFinerThanTheDatabaseKeepsAreRefused() {
    StoredCmk key = key("k1", T0.plusNanos(1));
    assertThatThrownBy(() -> cmks().insert(key, Optional.empty(), QUOTA))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(cmks().countCustom(project)).isZero();
  }

  @Test
  void keyOfAnotherProjectDoesNotExist() {
    StoredCmk key = inserted("k1");
    assertThat(cmks().find(ProjectId.random(), key.cmk().id())).isEmpty();
    assertThat(cmks().page(ProjectId.random(), KeyFilter.ALL, 0, 10)).isEmpty();
  }

  @Test
  void unknownKeyDoesNotExist() {
    assertThat(cmks().find(project, KeyId.random())).isEmpty();
    assertThat(cmks().material(KeyId.random(), 0)).isEmpty();
  }

  @Test
  void nameTakenInTheDomainIsRefused() {
    inserted("taken");
    assertRejected(KmsError.ALIAS_IN_USE, () -> inserted("taken"));
    assertThat(cmks().countCustom(project)).isEqualTo(1);
  }

  @Test
  void nameTakenInAnotherProjectOfTheDomainIsRefused() {
    inserted("taken");
    Cmk cmk = key("taken", T0).cmk();
    StoredCmk elsewhere = stored(in(cmk, ProjectId.random(), domain));
    assertRejected(KmsError.ALIAS_IN_USE, () -> insert(elsewhere));
  }

  @Test
  void sameNameInAnotherDomainIsFree() {
    inserted("shared");
    Cmk cmk = key("shared", T0).cmk();
    StoredCmk elsewhere = stored(in(cmk, ProjectId.random(), DomainId.random()));
    insert(elsewhere);
    assertThat(cmks().find(elsewhere.cmk().project(), cmk.id())).contains(elsewhere);
  }

  @Test
  void namesDifferInCase() {
    inserted("Name");
    inserted("name");
    assertThat(cmks().countCustom(project)).isEqualTo(2);
  }

  @Test
  void oneOfManyThatInsertTheSameNameWins() throws Exception {
    List<Boolean> won =
        atOnce(
            32,
            () -> {
              try {
                inserted("contended");
                return true;
              } catch (KmsException.Rejected e) {
                assertThat(e.error()).isEqualTo(KmsError.ALIAS_IN_USE);
                return false;
              }
            });
    assertThat(won).containsOnlyOnce(true);
    assertThat(cmks().count(project, KeyFilter.ALL)).isEqualTo(1);
    assertThat(cmks().countCustom(project)).isEqualTo(1);
  }

  @Test
  void quotaIsExactUnderContention() throws Exception {
    List<Boolean> won =
        atOnce(
            32,
            () -> {
              try {
                cmks().insert(key(KeyId.random().text(), T0), Optional.empty(), 10);
                return true;
              } catch (KmsException.Rejected e) {
                assertThat(e.error()).isEqualTo(KmsError.KEY_QUOTA_REACHED);
                return false;
              }
            });
    assertThat(won.stream().filter(w -> w)).hasSize(10);
    assertThat(cmks().count(project, KeyFilter.ALL)).isEqualTo(10);
    assertThat(cmks().countCustom(project)).isEqualTo(10);
  }

  @Test
  void refusedByQuotaLeavesNothing() {
    StoredCmk key = key("k1", T0);
    assertRejected(
        KmsError.KEY_QUOTA_REACHED, () -> cmks().insert(key, Optional.of(material(key)), 0));
    assertThat(cmks().find(project, key.cmk().id())).isEmpty();
    assertThat(cmks().material(key.cmk().id(), 0)).isEmpty();
  }

  @Test
  void defaultKeysAreNotCounted() {
    Cmk cmk = key("obs/default", T0).cmk();
    cmks().insert(stored(asDefault(cmk)), Optional.empty(), 0);
    assertThat(cmks().countCustom(project)).isZero();
    assertThat(cmks().count(project, KeyFilter.ALL)).isEqualTo(1);
  }

  @Test
  void nextRevisionReplacesTheOneBefore() {
    StoredCmk key = inserted("k1");
    StoredCmk next = stored(key.cmk().disabled().renamed(new KeyName("k2")).described("told"), 2);
    StoredCmk disabled = stored(key.cmk().disabled());

    assertThat(cmks().replace(disabled)).isTrue();

    assertThat(cmks().find(project, key.cmk().id())).contains(disabled);
    assertThat(cmks().replace(next)).as("a revision was left out").isFalse();
    assertThat(cmks().find(project, key.cmk().id())).contains(disabled);
  }

  @Test
  void everyChangeableColumnIsReplaced() {
    StoredCmk key = inserted("k1");
    Cmk cmk = key.cmk();
    StoredCmk next =
        stored(
            cmk.toBuilder()
                .name(new KeyName("other"))
                .state(new KeyState.PendingDeletion(T0.plusSeconds(9)))
                .description("another")
                .enterpriseProject("5b8cf2a4-0e5b-4f0f-9b3f-000000000001")
                .currentVersion(7)
                .rotation(
                    new Rotation(
                        Optional.of(new Rotation.Schedule(30, T0.plusSeconds(1))),
                        Optional.of(T0.plusSeconds(2))))
                .imported(
                    ImportedMaterial.first(
                        Bytes.owning(new byte[] {1, 2}), Optional.of(T0.plusSeconds(3))))
                .regions(
                    Optional.of(
                        Regions.primaryIn("here")
                            .with(new Regions.Replica("there", project, 6, 5))
                            .with(new Regions.Replica("else_where", project))
                            .staged(8)))
                .revision(cmk.revision() + 1)
                .build());
    assertThat(cmks().replace(next)).isTrue();
    assertThat(cmks().find(project, cmk.id())).contains(next);
  }

  @Test
  void oneOfManyThatReplaceTheSameRevisionWins() throws Exception {
    StoredCmk key = inserted("k1");
    List<Boolean> won =
        atOnce(16, () -> cmks().replace(stored(key.cmk().described("d" + random.nextInt()))));
    assertThat(won).containsOnlyOnce(true);
  }

  @Test
  void renameToATakenNameIsRefusedAndChangesNothing() {
    inserted("taken");
    StoredCmk key = inserted("mine");
    assertRejected(
        KmsError.ALIAS_IN_USE,
        () -> cmks().replace(stored(key.cmk().renamed(new KeyName("taken")))));
    assertThat(cmks().find(project, key.cmk().id())).contains(key);
  }

  /// Its deletion was cancelled and scheduled anew since housekeeping has looked.
  @Test
  void aKeyThatHasChangedSinceItWasLookedAtIsNotDestroyed() {
    StoredCmk seen = pendingDeletion("k", T0);
    StoredCmk anew = stored(seen.cmk().toBuilder().revision(seen.cmk().revision() + 1).build());
    assertThat(cmks().replace(anew)).isTrue();
    assertThat(cmks().destroy(seen.cmk().id(), seen.cmk().revision())).isFalse();
    assertThat(cmks().destroy(seen.cmk().id(), anew.cmk().revision() + 1)).isFalse();
    assertThat(cmks().find(project(), seen.cmk().id())).contains(anew);
    assertThat(cmks().destroy(seen.cmk().id(), anew.cmk().revision())).isTrue();
  }

  @Test
  void oneOfManyThatRenameToTheSameNameWins() throws Exception {
    var keys = new ArrayList<StoredCmk>();
    for (int i = 0; i < 16; i++) {
      keys.add(inserted("k" + i));
    }
    var next = keys.iterator();
    List<Boolean> won =
        atOnce(
            16,
            () -> {
              StoredCmk mine;
              synchronized (keys) {
                mine = next.next();
              }
              try {
                return cmks().replace(stored(mine.cmk().renamed(new KeyName("wanted"))));
              } catch (KmsException.Rejected e) {
                assertThat(e.error()).isEqualTo(KmsError.ALIAS_IN_USE);
                return false;
              }
            });
    assertThat(won).containsOnlyOnce(true);
  }

  private static Cmk in(Cmk cmk, ProjectId project, DomainId domain) {
    return cmk.toBuilder().project(project).domain(domain).build();
  }

  private static Cmk asDefault(Cmk cmk) {
    return cmk.toBuilder().defaultKey(true).build();
  }
}
