package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.iam.SettableTime;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.SqlCmkRepository;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.SqlKeystoreRepository;
import dev.keyhold.store.SqliteDatabase;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// Keys in a real store, in a test's folder, and everything that opens and renews them. Time stands
/// until it is told to pass.
final class TestKeys implements AutoCloseable {
  final SettableTime clock = new SettableTime(Instant.parse("2026-02-03T04:05:06.789Z"));
  final ProjectId project = ProjectId.random();
  final ProjectId elsewhere = ProjectId.random();
  final DomainId domain = DomainId.random();
  final CmkRepository repository;
  final Keks keks;
  private final Keystores keystores;
  final CmkVault vault;
  final KeyGenerator generator = new KeyGenerator();
  final Keyring keyring;
  final Rotations rotations;
  final Imports imports;

  private final Path file;
  private final DataDirectory directory;
  private final SqliteDatabase database;
  private final TestSeal seal = new TestSeal();

  TestKeys(Path folder) {
    file = DataDirectory.databaseFile(folder);
    directory = DataDirectory.open(folder);
    database =
        SqliteDatabase.open(
            directory, new SqliteDatabase.Settings(4, Duration.ofMinutes(1)), _ -> {});
    repository = new SqlCmkRepository(database);
    keks = new Keks(seal, new SqlKekRepository(database));
    keystores = new Keystores(new SqlKeystoreRepository(database), keks, Optional.empty());
    vault = new CmkVault(repository, database, keks, keystores);
    keyring = new Keyring(vault, clock, 100);
    rotations = new Rotations(vault, keyring, generator, clock, cmk -> cmk);
    imports = new Imports(vault, keyring, generator, keks, clock, clock);
  }

  /// Like [#vault], on a repository that fails when material is stored.
  CmkVault vaultThatStoresNoMaterial() {
    return new CmkVault(new FailingMaterial(repository, _ -> true), database, keks, keystores);
  }

  CmkVault vaultThatStoresNoMaterialOf(KeyId key) {
    return new CmkVault(new FailingMaterial(repository, key::equals), database, keks, keystores);
  }

  /// Edits the wrapped KEK of a project, as the database's administrator could.
  void alterKek(ProjectId owner) throws SQLException {
    try (var connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        var statement =
            connection.prepareStatement(
                "UPDATE kek SET wrapped = zeroblob(length(wrapped)) WHERE scope LIKE ?")) {
      statement.setString(1, "%" + owner);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /// What rotates keys in a process that has not got any KEK in memory.
  Rotations afterAStart() {
    var cold = new Keks(seal, new SqlKekRepository(database));
    var newVault = new CmkVault(repository, database, cold, keystores);
    return new Rotations(newVault, keyring, generator, clock, cmk -> cmk);
  }

  KeyId enabled(KeySpec spec) {
    return enabled(cmk(project, spec, KeyOrigin.KMS, new KeyState.Enabled()));
  }

  /// Of another project.
  KeyId enabledElsewhere(KeySpec spec) {
    return enabled(cmk(elsewhere, spec, KeyOrigin.KMS, new KeyState.Enabled()));
  }

  private KeyId enabled(Cmk cmk) {
    try (Material material = generator.generate(cmk.spec())) {
      vault.create(cmk, material, Integer.MAX_VALUE);
    }
    return cmk.id();
  }

  KeyId external(KeySpec spec) {
    Cmk cmk = cmk(project, spec, KeyOrigin.EXTERNAL, new KeyState.PendingImport());
    vault.createWithoutMaterial(cmk, Integer.MAX_VALUE);
    return cmk.id();
  }

  Cmk load(KeyId id) {
    return vault.load(project, id);
  }

  private Cmk cmk(ProjectId owner, KeySpec spec, KeyOrigin origin, KeyState state) {
    KeyId id = KeyId.random();
    return Cmk.fresh(id, owner, domain, new KeyName(id.text()), spec, clock.instant())
        .origin(origin)
        .state(state)
        .build();
  }

  @Override
  public void close() {
    keyring.close();
    generator.close();
    keks.close();
    database.close();
    directory.close();
    seal.close();
  }

  /// A root key that nobody keeps.
  private static final class TestSeal implements Seal {
    private final AeadKey key =
        AeadKey.of(AeadSuite.XAES_256_GCM, new KeyMaterial(Random.bytes(32)));

    @Override
    public byte[] wrap(KeyMaterial kek, byte[] aad) {
      return kek.lend(bytes -> key.seal(bytes, aad));
    }

    @Override
    public KeyMaterial unwrap(byte[] wrapped, byte[] aad) {
      return key.open(wrapped, aad).orElseThrow(() -> new SealException("does not open"));
    }

    @Override
    public String id() {
      return "";
    }

    @Override
    public void close() {
      key.close();
    }
  }
}
