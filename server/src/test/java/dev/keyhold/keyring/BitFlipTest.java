package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.AlteredException;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeySpec;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Flips one random bit in a stored column of a key, or of its material, behind Keyhold's back, and
/// asks for the key in every way.
@Tag(Chaos.TAG)
final class BitFlipTest {
  private static final byte[] AAD = {1, 2, 3};

  @TempDir Path folder;

  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  /// A key and something that it has encrypted.
  private record Sample(Cmk cmk, Bytes plaintext, Bytes sealed) {}

  private record Place(String table, String column, String where) {}

  @Test
  void everyFlippedBitIsNoticedAndNoOtherKeyIsTouched() throws SQLException {
    int trials = Chaos.rounds(2) * 200;
    var noticed = new TreeMap<String, Integer>();
    try (var row =
            ChaosReport.of(
                    "F8 bit flips", "one random bit in a stored column of a key or its material")
                .rounds(trials);
        var store = new TestVault(folder);
        var keyring = new Keyring(store.vault, () -> TestVault.NOW.plus(Duration.ofDays(30)), 100);
        Connection behind = store.connect()) {
      row.figure("seed " + seed);
      List<Sample> samples = samples(store, keyring);
      List<Place> places = places(behind, samples);
      for (int trial = 0; trial < trials; ) {
        Place place = places.get(random.nextInt(places.size()));
        Sample victim = samples.get(random.nextInt(samples.size()));
        Optional<Object> before = flip(behind, place, victim);
        if (before.isEmpty()) {
          continue;
        }
        trial++;
        keyring.invalidateAll();
        String how = isRefused(store, keyring, victim, place);
        noticed.merge(how, 1, Integer::sum);
        Sample other = samples.get(random.nextInt(samples.size()));
        if (!other.cmk().id().equals(victim.cmk().id())) {
          opens(keyring, store, other);
        }
        set(behind, place, victim, before.get());
        keyring.invalidateAll();
        opens(keyring, store, victim);
      }
      row.figure("0 served; noticed as " + noticed);
      row.passed();
    }
  }

  private List<Sample> samples(TestVault store, Keyring keyring) {
    var samples = new ArrayList<Sample>();
    for (int i = 0; i < 8; i++) {
      Cmk cmk = store.create(i % 2 == 0 ? KeySpec.AES_256 : KeySpec.SM4);
      if (i % 4 == 3) {
        store.vault.change(store.project, cmk.id(), key -> key.described("some text"));
      }
      byte[] plaintext = new byte[32];
      random.nextBytes(plaintext);
      try (OpenKey open = keyring.open(store.project, cmk.id(), Use.WRAP)) {
        samples.add(
            new Sample(
                cmk,
                Bytes.owning(plaintext),
                Bytes.owning(open.currentAead().seal(plaintext, AAD))));
      }
    }
    return samples;
  }

  private static void opens(Keyring keyring, TestVault store, Sample sample) {
    try (OpenKey open = keyring.open(store.project, sample.cmk().id(), Use.WRAP);
        var plaintext = open.currentAead().open(sample.sealed().lent(), AAD).orElseThrow()) {
      byte[] opened = plaintext.lend(bytes -> bytes.clone());
      assertThat(opened).isEqualTo(sample.plaintext().lent());
    }
  }

  /// @return how it was noticed
  private String isRefused(TestVault store, Keyring keyring, Sample victim, Place place) {
    Throwable failure =
        catchThrowable(() -> keyring.open(store.project, victim.cmk().id(), Use.WRAP).close());
    assertThat(failure).describedAs("served with a flipped bit in " + place).isNotNull();
    if (place.table().equals("cmk")) {
      assertThat(store.vault.page(store.project, KeyFilter.ALL, 0, 100))
          .extracting(Cmk::id)
          .doesNotContain(victim.cmk().id());
      assertThat(keyring.destroyDueKeys()).isZero();
    }
    if (failure instanceof KmsException.Rejected) {
      // Not found under its own id and project.
      assertThat(place.column()).isIn("id", "project_id");
      return "unknown key";
    }
    assertThat(failure).describedAs(place.toString()).isInstanceOf(AlteredException.class);
    return failure.getClass().getSimpleName();
  }

  private static List<Place> places(Connection behind, List<Sample> samples) throws SQLException {
    String any = samples.getFirst().cmk().id().text();
    var places = new ArrayList<Place>();
    for (var table : Map.of("cmk", "id", "cmk_material", "key_id").entrySet()) {
      String where = " WHERE " + table.getValue() + " = ?";
      try (PreparedStatement select =
          behind.prepareStatement("SELECT * FROM " + table.getKey() + where)) {
        select.setString(1, any);
        var columns = select.executeQuery().getMetaData();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          String name = columns.getColumnName(i);
          // Tells when a version was made, and decides nothing.
          if (!(table.getKey() + "." + name).equals("cmk_material.created_at")) {
            places.add(new Place(table.getKey(), name, where));
          }
        }
      }
    }
    return places;
  }

  /// @return what was there; empty when nothing was done: NULL has no bits
  private Optional<Object> flip(Connection behind, Place place, Sample victim) throws SQLException {
    Object before;
    try (PreparedStatement select =
        behind.prepareStatement(
            "SELECT " + place.column() + " FROM " + place.table() + place.where())) {
      select.setString(1, victim.cmk().id().text());
      try (ResultSet result = select.executeQuery()) {
        assertThat(result.next()).isTrue();
        before = result.getObject(1);
      }
    }
    if (before == null || (before instanceof String text && text.isEmpty())) {
      return Optional.empty();
    }
    Object after =
        switch (before) {
          case byte[] blob -> flipped(blob);
          case String text ->
              new String(
                  flipped(text.getBytes(StandardCharsets.ISO_8859_1)), StandardCharsets.ISO_8859_1);
          case Number number -> number.longValue() ^ 1L << random.nextInt(63);
          default -> throw new AssertionError(before.getClass());
        };
    try {
      set(behind, place, victim, after);
    } catch (SQLException refused) { // it would be another key's name or id
      assertThat(refused.getMessage()).contains("UNIQUE");
      return Optional.empty();
    }
    return Optional.of(before);
  }

  private byte[] flipped(byte[] bytes) {
    byte[] copy = bytes.clone();
    copy[random.nextInt(copy.length)] ^= (byte) (1 << random.nextInt(7)); // text stays ASCII
    return copy;
  }

  private static void set(Connection behind, Place place, Sample victim, Object value)
      throws SQLException {
    // A flipped id is found by its row.
    String sql =
        "UPDATE %1$s SET %2$s = ? WHERE rowid = (SELECT rowid_ FROM temp.victim WHERE name = ?)"
            .formatted(place.table(), place.column());
    String name = place.table() + victim.cmk().id().text();
    try (PreparedStatement remember =
            behind.prepareStatement(
                "INSERT OR IGNORE INTO temp.victim SELECT ?, rowid FROM "
                    + place.table()
                    + place.where());
        PreparedStatement update = behind.prepareStatement(sql)) {
      remember.setString(1, name);
      remember.setString(2, victim.cmk().id().text());
      remember.executeUpdate();
      update.setObject(1, value);
      update.setString(2, name);
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }
}
