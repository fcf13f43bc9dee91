package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.Regions;
import dev.keyhold.key.StoredCmk;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which keys are listed, counted, and found to have work due, whatever the database.
abstract class CmkSelectionContract extends CmkContract {
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
    var replica = new Regions.Replica("there", project, 0, -1);
    var behind = Regions.primaryIn("here").with(replica);
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

    assertThat(cmks().replace(stored(regional(first.cmk(), behind.progress(replica, 0, 0)))))
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

  private StoredCmk expiring(String name, Instant at) {
    Cmk cmk = inserted(name).cmk();
    var imported = ImportedMaterial.first(Bytes.owning(new byte[] {1, 2}), Optional.of(at));
    return replaced(cmk.toBuilder().imported(imported).revision(2).build());
  }

  private void assertSelects(KeyFilter filter, int expected) {
    assertThat(cmks().page(project, filter, 0, 100)).hasSize(expected);
    assertThat(cmks().count(project, filter)).isEqualTo(expected);
  }
}
