package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/// What every CMK repository does, whatever database is under it.
abstract class CmkRepositoryContract extends StoreContract {
  private static final int QUOTA = 1_000;
  private static final Instant T0 = Instant.parse("2026-02-03T04:05:06.789Z");

  private final ProjectId project = ProjectId.random();
  private final DomainId domain = DomainId.random();
  private final Random random = new Random(42);

  final CmkRepository cmks() {
    return new SqlCmkRepository(store().database());
  }

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

  @Test
  void pagesAreInOrderOfCreationThenId() {
    var expected = new ArrayList<StoredCmk>();
    for (int i = 0; i < 25; i++) {
      // Five keys to each millisecond, inserted out of order.
      StoredCmk key = key("k" + i, T0.plusMillis((i * 7) % 5));
      insert(key);
      expected.add(key);
    }
    expected.sort(
        java.util.Comparator.comparing((StoredCmk key) -> key.cmk().createdAt())
            .thenComparing(key -> key.cmk().id().text()));

    assertThat(cmks().page(project, KeyFilter.ALL, 0, 100)).isEqualTo(expected);
    var pages = new ArrayList<StoredCmk>();
    for (int offset = 0; offset < 25; offset += 4) {
      pages.addAll(cmks().page(project, KeyFilter.ALL, offset, 4));
    }
    assertThat(pages).isEqualTo(expected);
    assertThat(cmks().page(project, KeyFilter.ALL, 25, 4)).isEmpty();
  }

  @Test
  void filtersSelectAndCountTheSameKeys() {
    for (int i = 0; i < 12; i++) {
      Cmk cmk = key("k" + i, T0.plusMillis(i)).cmk();
      insert(
          stored(
              cmk.toBuilder()
                  .spec(i % 2 == 0 ? KeySpec.AES_256 : KeySpec.SM4)
                  .state(i % 3 == 0 ? new KeyState.Disabled() : new KeyState.Enabled())
                  .enterpriseProject(i < 6 ? "0" : "1")
                  .build()));
    }
    assertSelects(filter("2", "-", "-"), 8);
    assertSelects(filter("3", "-", "-"), 4);
    assertSelects(filter("4", "-", "-"), 0);
    assertSelects(filter("-", "SM4", "-"), 6);
    assertSelects(filter("-", "-", "1"), 6);
    assertSelects(filter("3", "AES_256", "0"), 1);
    assertSelects(KeyFilter.ALL, 12);
    for (KeyFilter filter :
        List.of(filter("2", "-", "-"), filter("-", "SM4", "-"), filter("-", "-", "1"))) {
      List<StoredCmk> all = cmks().page(project, filter, 0, 100);
      for (int offset = 0; offset < all.size(); offset++) {
        assertThat(cmks().page(project, filter, offset, 2))
            .isEqualTo(all.subList(offset, Math.min(offset + 2, all.size())));
      }
    }
  }

  @Test
  void countsFollowEveryChange() throws Exception {
    var keys = new ArrayList<StoredCmk>();
    for (int i = 0; i < 8; i++) {
      keys.add(inserted("k" + i));
    }
    // Half of them to and fro, half of them fro and to: they must not wait for each other.
    var next = keys.iterator();
    atOnce(
        keys.size(),
        () -> {
          StoredCmk mine;
          synchronized (keys) {
            mine = next.next();
          }
          Cmk cmk = mine.cmk();
          for (int i = 0; i < 10; i++) {
            cmk = cmk.state() instanceof KeyState.Enabled ? cmk.disabled() : cmk.enabled();
            assertThat(cmks().replace(stored(cmk))).isTrue();
          }
          return cmks().replace(stored(cmk.disabled()));
        });
    assertSelects(filter("3", "-", "-"), 8);
    assertSelects(filter("2", "-", "-"), 0);

    Cmk cmk = cmks().find(project, keys.getFirst().cmk().id()).orElseThrow().cmk();
    assertThat(cmks().replace(stored(cmk))).as("an old revision").isFalse();
    Cmk leaving = cmk.deletionScheduled(T0, Duration.ZERO);
    assertThat(cmks().replace(stored(leaving))).isTrue();
    assertSelects(filter("4", "AES_256", "0"), 1);
    assertThat(cmks().destroy(cmk.id(), leaving.revision())).isTrue();
    assertThat(cmks().destroy(cmk.id(), leaving.revision())).isFalse();
    assertSelects(filter("4", "-", "-"), 0);
    assertSelects(KeyFilter.ALL, 7);
    assertSelects(filter("-", "-", "0"), 7);
  }

  @Test
  void deletionIsDueOnlyOnceItsTimeHasCome() {
    inserted("stays");
    StoredCmk late = pendingDeletion("late", T0.plusMillis(2));
    StoredCmk early = pendingDeletion("early", T0.plusMillis(1));

    assertThat(cmks().deletionDue(T0, 10)).isEmpty();
    assertThat(cmks().deletionDue(T0.plusMillis(1), 10)).containsExactly(early);
    assertThat(cmks().deletionDue(T0.plusMillis(5), 10)).containsExactly(early, late);
    assertThat(cmks().deletionDue(T0.plusMillis(5), 1)).containsExactly(early);
  }

  @Test
  void regionsHaveWorkWhileThereIsSomethingToTell() {
    StoredCmk key = inserted("k1");
    var behind = Regions.primaryIn("here").with(new Regions.Replica("there", project, 0, -1));
    StoredCmk first = stored(regional(key.cmk(), behind));
    assertThat(cmks().replace(first)).isTrue();
    StoredCmk other = stored(regional(inserted("k2").cmk(), behind.leavingFor("there")));
    assertThat(cmks().replace(other)).isTrue();
    inserted("k3");

    var both = cmks().regionWork(Optional.empty(), 10);
    assertThat(both).containsExactlyInAnyOrder(first, other);
    assertThat(cmks().regionWork(Optional.empty(), 1)).containsExactly(both.getFirst());
    assertThat(cmks().regionWork(Optional.of(both.getFirst().cmk().id()), 10))
        .containsExactly(both.getLast());

    assertThat(cmks().replace(stored(regional(first.cmk(), behind.progress("there", 0, 0)))))
        .isTrue();
    assertThat(cmks().regionWork(Optional.empty(), 10)).containsExactly(other);
  }

  private static Cmk regional(Cmk cmk, Regions regions) {
    return cmk.toBuilder().regions(Optional.of(regions)).revision(cmk.revision() + 1).build();
  }

  @Test
  void onlyThePrimaryOfSeveralRegionsIsDueForRotationAndOnlyOnceAtATime() {
    Cmk cmk = scheduled("k1", T0).cmk();
    var primary = Regions.primaryIn("here").with(new Regions.Replica("there", project, 0, 0));
    assertThat(cmks().replace(stored(regional(cmk, primary)))).isTrue();
    assertThat(cmks().rotationDue(T0, 10)).hasSize(1);

    Cmk underWay = regional(regional(cmk, primary), primary.staged(1));
    assertThat(cmks().replace(stored(underWay))).isTrue();
    assertThat(cmks().rotationDue(T0, 10)).isEmpty(); // however long the replicas are out of reach

    Cmk leaving = regional(underWay, primary.leavingFor("there"));
    assertThat(cmks().replace(stored(leaving))).isTrue();
    assertThat(cmks().rotationDue(T0, 10)).isEmpty();
  }

  @Test
  void rowThatDoesNotParseIsPassedOverByHousekeeping() {
    StoredCmk sick = scheduled("sick", T0.plusMillis(1));
    StoredCmk sound = scheduled("sound", T0.plusMillis(2));
    transactions()
        .change(session ->
            session.update(
                "UPDATE cmk SET spec = 'NO_SUCH_SPEC' WHERE id = ?", sick.cmk().id().text()));

    assertThat(cmks().rotationDue(T0.plusMillis(5), 10)).containsExactly(sound);
  }

  @Test
  void rotationIsDueOfEnabledKeysOnceTheirTimeHasCome() {
    inserted("never");
    StoredCmk late = scheduled("late", T0.plusMillis(2));
    StoredCmk early = scheduled("early", T0.plusMillis(1));
    StoredCmk disabled = stored(scheduled("disabled", T0.plusMillis(1)).cmk().disabled());
    assertThat(cmks().replace(disabled)).isTrue();

    assertThat(cmks().rotationDue(T0, 10)).isEmpty();
    assertThat(cmks().rotationDue(T0.plusMillis(1), 10)).containsExactly(early);
    assertThat(cmks().rotationDue(T0.plusMillis(5), 10)).containsExactly(early, late);
    assertThat(cmks().rotationDue(T0.plusMillis(5), 1)).containsExactly(early);

    StoredCmk enabled = stored(disabled.cmk().enabled());
    assertThat(cmks().replace(enabled)).isTrue();
    assertThat(cmks().rotationDue(T0.plusMillis(1), 10)).contains(early, enabled);
  }

  @Test
  void materialHasExpiredOnceItsTimeHasComeInAnyState() {
    inserted("never");
    StoredCmk late = expiring("late", T0.plusMillis(2));
    StoredCmk early = expiring("early", T0.plusMillis(1));
    StoredCmk disabled = stored(late.cmk().disabled());
    assertThat(cmks().replace(disabled)).isTrue();

    assertThat(cmks().materialExpired(T0, 10)).isEmpty();
    assertThat(cmks().materialExpired(T0.plusMillis(1), 10)).containsExactly(early);
    assertThat(cmks().materialExpired(T0.plusMillis(5), 10)).containsExactly(early, disabled);
    assertThat(cmks().materialExpired(T0.plusMillis(5), 1)).containsExactly(early);

    assertThat(cmks().replace(stored(early.cmk().materialExpired(T0.plusMillis(1))))).isTrue();
    assertThat(cmks().materialExpired(T0.plusMillis(1), 10)).isEmpty();
  }

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

  StoredCmk inserted(String name) {
    StoredCmk key = key(name, T0);
    insert(key);
    return key;
  }

  StoredCmk pendingDeletion(String name, Instant at) {
    StoredCmk key = inserted(name);
    StoredCmk scheduled = stored(key.cmk().deletionScheduled(at, Duration.ZERO));
    assertThat(cmks().replace(scheduled)).isTrue();
    return scheduled;
  }

  private StoredCmk scheduled(String name, Instant next) {
    Cmk cmk = inserted(name).cmk();
    var rotation = new Rotation(Optional.of(new Rotation.Schedule(30, next)), Optional.empty());
    return replaced(cmk.toBuilder().rotation(rotation).revision(2).build());
  }

  private StoredCmk expiring(String name, Instant at) {
    Cmk cmk = inserted(name).cmk();
    var imported = ImportedMaterial.first(Bytes.owning(new byte[] {1, 2}), Optional.of(at));
    return replaced(cmk.toBuilder().imported(imported).revision(2).build());
  }

  private StoredCmk replaced(Cmk next) {
    StoredCmk key = stored(next);
    assertThat(cmks().replace(key)).isTrue();
    return key;
  }

  private StoredMaterial version(StoredCmk key, int version, Instant createdAt) {
    StoredMaterial material = material(key);
    return new StoredMaterial(material.key(), version, material.wrapped(), createdAt);
  }

  /// Not stored yet.
  StoredCmk dueForDeletion(String name) {
    return stored(with(key(name, T0).cmk(), new KeyState.PendingDeletion(T0)));
  }

  StoredMaterial material(StoredCmk key) {
    return material(key, 77);
  }

  StoredMaterial material(StoredCmk key, int length) {
    byte[] wrapped = new byte[length];
    random.nextBytes(wrapped);
    return new StoredMaterial(key.cmk().id(), 0, Bytes.owning(wrapped), T0);
  }

  ProjectId project() {
    return project;
  }

  private void insert(StoredCmk key) {
    cmks().insert(key, Optional.of(material(key)), QUOTA);
  }

  private StoredCmk key(String name, Instant createdAt) {
    return stored(
        new Cmk(
            KeyId.random(),
            project,
            domain,
            new KeyName(name),
            KeySpec.AES_256,
            KeyUsage.ENCRYPT_DECRYPT,
            KeyOrigin.KMS,
            new KeyState.Enabled(),
            "désc 描述 😀",
            createdAt,
            "0",
            "0",
            false,
            0,
            1));
  }

  private StoredCmk stored(Cmk cmk) {
    return stored(cmk, random.nextInt());
  }

  private static StoredCmk stored(Cmk cmk, int seed) {
    byte[] mac = new byte[36];
    new Random(seed).nextBytes(mac);
    return new StoredCmk(cmk, Bytes.owning(mac));
  }

  private void assertSelects(KeyFilter filter, int expected) {
    assertThat(cmks().page(project, filter, 0, 100)).hasSize(expected);
    assertThat(cmks().count(project, filter)).isEqualTo(expected);
  }

  /// "-" stands for any.
  private static KeyFilter filter(String state, String spec, String enterpriseProject) {
    return new KeyFilter(
        Optional.of(state).filter(text -> !text.equals("-")),
        KeySpec.find(spec),
        Optional.of(enterpriseProject).filter(text -> !text.equals("-")));
  }

  private static Cmk with(Cmk cmk, KeyState state) {
    return cmk.toBuilder().state(state).build();
  }

  private static Cmk in(Cmk cmk, ProjectId project, DomainId domain) {
    return cmk.toBuilder().project(project).domain(domain).build();
  }

  private static Cmk asDefault(Cmk cmk) {
    return cmk.toBuilder().defaultKey(true).build();
  }

  static void assertRejected(ApiError error, Runnable call) {
    assertThatThrownBy(call::run)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, e -> assertThat(e.error()).isEqualTo(error));
  }

  private static void run(Runnable call) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      threads.submit(call).get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// Runs `call` on `threads` virtual threads that start together.
  static <T> List<T> atOnce(int threads, Callable<T> call) throws Exception {
    var start = new CountDownLatch(1);
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = new ArrayList<Future<T>>();
      for (int i = 0; i < threads; i++) {
        futures.add(
            executor.submit(() -> {
              start.await();
              return call.call();
            }));
      }
      start.countDown();
      var results = new ArrayList<T>();
      for (Future<T> future : futures) {
        results.add(future.get());
      }
      return results;
    }
  }
}
