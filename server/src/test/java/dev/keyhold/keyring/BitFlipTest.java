package dev.keyhold.keyring;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.AlteredException;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Flips one random bit in a stored column of a key, or of its material, behind Keyhold's back, and
/// asks for the key in every way. Every column of the tables as they are has its turn.
@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
final class BitFlipTest {
  private static final Duration FAR = Duration.ofDays(1000);

  @TempDir Path folder;

  private final long seed = Chaos.seed();
  private final SplittableRandom random = new SplittableRandom(seed);

  /// A key and all that it has.
  ///
  /// @param materials by their version
  private record Sample(Cmk cmk, List<Bytes> materials) {}

  private record Place(String table, String column) {
    String name() {
      return table + "." + column;
    }
  }

  /// A row to be edited.
  ///
  /// @param where finds it before it is edited
  private record Victim(Sample sample, Place place, String where) {}

  @Test
  void everyFlippedBitIsNoticedAndNoOtherKeyIsTouched() throws SQLException {
    int trials = Chaos.rounds(2) * 200;
    var noticed = new TreeMap<String, Integer>();
    var flips = new TreeMap<String, Integer>();
    try (var row =
            ChaosReport.of(
                    "F8 bit flips", "one random bit in a stored column of a key or its material")
                .rounds(trials);
        var store = new TestVault(folder);
        var keyring = new Keyring(store.vault, BitFlipTest::later, 100);
        Connection behind = store.connect()) {
      row.figure("seed " + seed);
      var housekeeping = new Housekeeping(store, keyring);
      List<Sample> samples = samples(store, keyring, housekeeping);
      samples.forEach(sample -> opens(store, keyring, sample));
      Map<Place, List<Victim>> victims = victims(store, behind, samples);
      List<Map.Entry<Place, List<Victim>>> places = List.copyOf(victims.entrySet());
      for (int trial = 0; trial < trials; ) {
        Victim victim = anyOf(places.get(trial % places.size()).getValue());
        Optional<Object> before = flip(behind, victim);
        if (before.isEmpty()) {
          continue;
        }
        trial++;
        flips.merge(victim.place().name(), 1, Integer::sum);
        keyring.invalidateAll();
        String how = isRefused(store, keyring, housekeeping, victim);
        noticed.merge(how, 1, Integer::sum);
        Sample other = anyOf(samples);
        if (!other.equals(victim.sample())) {
          opens(store, keyring, other);
        }
        set(behind, victim, before.get());
        keyring.invalidateAll();
        opens(store, keyring, victim.sample());
      }
      assertThat(flips).hasSameSizeAs(places);
      assertThat(flips.keySet()).hasSizeGreaterThan(28 + 2); // what there was when this was written
      row.figure(
          "%d columns, each %d times or more; 0 served; noticed as %s"
              .formatted(
                  flips.size(),
                  flips.values().stream().mapToInt(it -> it).min().orElse(0),
                  noticed));
      row.passed();
    }
  }

  private static Instant later() {
    return TestVault.NOW.plus(Duration.ofDays(30));
  }

  private <T> T anyOf(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  /// What is done once a second. Nothing of it is due before `FAR` is over.
  private static final class Housekeeping {
    private final Keyring keyring;
    private final Rotations rotations;
    private final Imports imports;

    Housekeeping(TestVault store, Keyring keyring) {
      this.keyring = keyring;
      this.rotations =
          new Rotations(store.vault, keyring, store.generator, BitFlipTest::later, key -> key);
      this.imports =
          new Imports(
              store.vault,
              keyring,
              store.generator,
              store.keks,
              BitFlipTest::later,
              BitFlipTest::later);
    }

    void doesNothing() {
      assertThat(keyring.destroyDueKeys() + rotations.rotateDue() + imports.deleteExpired())
          .isZero();
    }
  }

  /// Keys that have something in every column, and of every kind of material.
  private List<Sample> samples(TestVault store, Keyring keyring, Housekeeping housekeeping) {
    var cmks = new ArrayList<Cmk>();
    for (KeySpec spec :
        List.of(
            KeySpec.AES_256, KeySpec.SM4, KeySpec.EC_P256, KeySpec.RSA_2048, KeySpec.HMAC_256)) {
      cmks.add(store.create(spec));
    }
    cmks.add(changed(store, key -> key.described("some text")));
    cmks.add(changed(store, key -> key.deletionScheduled(TestVault.NOW, FAR)));
    cmks.add(changed(store, Cmk::disabled));
    cmks.add(store.imported(KeySpec.AES_256, TestVault.NOW.plus(FAR)));
    var replica = new Regions.Replica("south", ProjectId.random());
    cmks.add(
        changed(
            store,
            key ->
                Regions.changed(
                    key.toBuilder().regions(Optional.of(Regions.primaryIn("north"))).build(),
                    regions -> regions.with(replica).staged(1))));
    Cmk rotating = changed(store, key -> key.rotationEnabled(TestVault.NOW, 365));
    for (int i = 0; i < 3; i++) {
      rotating = housekeeping.rotations.rotate(store.project, rotating.id());
    }
    cmks.add(rotating);
    keyring.invalidateAll();
    return cmks.stream().map(cmk -> new Sample(cmk, materials(store, cmk))).toList();
  }

  private static Cmk changed(TestVault store, UnaryOperator<Cmk> step) {
    return store.vault.change(store.project, store.create(KeySpec.AES_256).id(), step);
  }

  private static List<Bytes> materials(TestVault store, Cmk cmk) {
    return IntStream.rangeClosed(0, cmk.currentVersion())
        .mapToObj(version -> {
          try (Material material = store.vault.material(cmk, version).orElseThrow();
              KeyMaterial encoded = material.encode()) {
            return Bytes.owning(encoded.lend(byte[]::clone));
          }
        })
        .toList();
  }

  private static boolean isUsable(Cmk cmk) {
    return cmk.state() instanceof KeyState.Enabled;
  }

  private static Use useOf(Cmk cmk) {
    return switch (cmk.spec().family()) {
      case SYMMETRIC -> Use.WRAP;
      case HMAC -> Use.MAC;
      case RSA -> Use.TELL_PUBLIC_KEY;
      case EC, SM2, ML_DSA -> Use.SIGN;
    };
  }

  /// The key is as it was, with all of its material.
  private static void opens(TestVault store, Keyring keyring, Sample sample) {
    Cmk cmk = store.vault.load(store.project, sample.cmk().id());
    assertThat(cmk).isEqualTo(sample.cmk());
    assertThat(materials(store, cmk)).isEqualTo(sample.materials());
    if (isUsable(cmk)) {
      uses(store, keyring, sample);
    }
  }

  /// Opens a key as calls do, with every version of its material.
  private static void uses(TestVault store, Keyring keyring, Sample sample) {
    Cmk cmk = sample.cmk();
    try (OpenKey open = keyring.open(store.project, cmk.id(), useOf(cmk))) {
      if (cmk.spec().family() == KeySpec.Family.SYMMETRIC) {
        for (int version = 0; version < sample.materials().size(); version++) {
          assertThat(open.aead(version)).isPresent();
        }
      }
    }
  }

  /// @return how it was noticed
  private static String isRefused(
      TestVault store, Keyring keyring, Housekeeping housekeeping, Victim victim) {
    Sample sample = victim.sample();
    KeyId id = sample.cmk().id();
    String what = victim.place().name();
    boolean ofMaterial = victim.place().table().equals("cmk_material");
    Throwable failure =
        catchThrowable(() -> {
          if (ofMaterial) {
            uses(store, keyring, sample);
          } else {
            store.vault.load(store.project, id);
          }
        });
    assertThat(failure).describedAs("served with a flipped bit in " + what).isNotNull();
    if (!ofMaterial) {
      assertThat(catchThrowable(() -> uses(store, keyring, sample)))
          .describedAs(what)
          .isNotInstanceOf(AssertionError.class)
          .isNotNull();
      assertThat(store.vault.page(store.project, KeyFilter.ALL, 0, 100))
          .extracting(Cmk::id)
          .doesNotContain(id);
      housekeeping.doesNothing();
    }
    if (failure instanceof KmsException.Rejected) {
      // Not found under its own id and project.
      assertThat(what).isIn("cmk.id", "cmk.project_id");
      return "unknown key";
    }
    assertThat(failure).describedAs(what).isInstanceOf(AlteredException.class);
    return failure.getClass().getSimpleName();
  }

  /// The rows that have a bit to be flipped, for each column there is.
  private static Map<Place, List<Victim>> victims(
      TestVault store, Connection behind, List<Sample> samples) throws SQLException {
    var victims = new LinkedHashMap<Place, List<Victim>>();
    for (String table : List.of("cmk", "cmk_material")) {
      for (String column : store.columns(table)) {
        var place = new Place(table, column);
        // Tells when a version was made, and decides nothing.
        if (place.name().equals("cmk_material.created_at")) {
          continue;
        }
        var rows = new ArrayList<Victim>();
        for (Sample sample : samples) {
          for (String where : rowsOf(table, sample)) {
            var victim = new Victim(sample, place, where);
            Object value = get(behind, victim);
            if (value != null && !value.equals("")) {
              rows.add(victim);
            }
          }
        }
        assertThat(rows).describedAs("no sample has anything in " + place.name()).isNotEmpty();
        victims.put(place, rows);
      }
    }
    return victims;
  }

  /// Nobody reads the material of a key that is not usable.
  private static List<String> rowsOf(String table, Sample sample) {
    String id = "'" + sample.cmk().id().text() + "'";
    if (table.equals("cmk")) {
      return List.of("id = " + id);
    }
    return isUsable(sample.cmk())
        ? IntStream.range(0, sample.materials().size())
            .mapToObj(version -> "key_id = " + id + " AND version = " + version)
            .toList()
        : List.of();
  }

  private static @Nullable Object get(Connection behind, Victim victim) throws SQLException {
    try (PreparedStatement select =
            behind.prepareStatement(
                "SELECT "
                    + victim.place().column()
                    + " FROM "
                    + victim.place().table()
                    + " WHERE "
                    + victim.where());
        ResultSet result = select.executeQuery()) {
      assertThat(result.next()).isTrue();
      return result.getObject(1);
    }
  }

  /// @return what was there; empty when nothing was done
  private Optional<Object> flip(Connection behind, Victim victim) throws SQLException {
    Object before = requireNonNull(get(behind, victim));
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
      set(behind, victim, after);
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

  private static void set(Connection behind, Victim victim, Object value) throws SQLException {
    String table = victim.place().table();
    // A flipped id is found by its row.
    String sql =
        "UPDATE %s SET %s = ? WHERE rowid = (SELECT rowid_ FROM temp.victim WHERE name = ?)"
            .formatted(table, victim.place().column());
    String name = table + " " + victim.where();
    try (PreparedStatement remember =
            behind.prepareStatement(
                "INSERT OR IGNORE INTO temp.victim SELECT ?, rowid FROM "
                    + table
                    + " WHERE "
                    + victim.where());
        PreparedStatement update = behind.prepareStatement(sql)) {
      remember.setString(1, name);
      remember.executeUpdate();
      update.setObject(1, value);
      update.setString(2, name);
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }
}
