package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.Database;
import dev.keyhold.store.PostgresDatabase;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.SharedSqlite;
import dev.keyhold.store.SqlAliasRepository;
import dev.keyhold.store.SqlCmkRepository;
import dev.keyhold.store.SqlGrantRepository;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.SqlKeystoreRepository;
import dev.keyhold.store.SqlTagRepository;
import dev.keyhold.store.SqliteDatabase;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// A vault on a real store, and a way behind its back.
public final class TestVault implements AutoCloseable {
  public static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final int QUOTA = 2000;

  public final ProjectId project;
  public final DomainId domain;
  public final KeyGenerator generator = new KeyGenerator();
  public final Keystores keystores;
  public final Keks keks;
  public final CmkVault vault;
  public final AliasVault aliases;
  public final GrantVault grants;
  public final TagVault tags;

  private final Path folder;
  private final DataDirectory directory;
  public final Seal seal;
  public final Database database;
  private int names;

  public TestVault(Path folder) {
    this(folder, repository -> repository, Optional.empty());
  }

  /// @param hsm where dedicated keystores are
  TestVault(Path folder, Hsm hsm) {
    this(folder, repository -> repository, Optional.of(hsm));
  }

  /// @param around what is put between the vault and its repository
  TestVault(Path folder, UnaryOperator<CmkRepository> around) {
    this(folder, around, Optional.empty());
  }

  private TestVault(Path folder, UnaryOperator<CmkRepository> around, Optional<Hsm> hsm) {
    this(
        folder,
        directory -> SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, _ -> {}),
        around,
        hsm);
  }

  /// In a database without one; [#edit] and [#connect] are not for it.
  static TestVault onPostgres(Path folder, PostgresSettings settings) {
    return new TestVault(
        folder,
        _ -> PostgresDatabase.open(settings, _ -> {}),
        repository -> repository,
        Optional.empty());
  }

  /// The same grants, with something between them and their repository.
  public GrantVault grants(UnaryOperator<GrantRepository> around) {
    return GrantVault.of(around.apply(new SqlGrantRepository(database)), vault, database, keks);
  }

  private TestVault(
      Path folder,
      Function<DataDirectory, Database> open,
      UnaryOperator<CmkRepository> around,
      Optional<Hsm> hsm) {
    this.project = ProjectId.random();
    this.domain = DomainId.random();
    this.folder = folder.resolve("data");
    this.directory = DataDirectory.open(this.folder);
    this.seal = FileSeal.create(folder.resolve("root.key"));
    this.database = open.apply(directory);
    this.keks = new Keks(seal, new SqlKekRepository(database));
    this.keystores = new Keystores(new SqlKeystoreRepository(database), keks, hsm);
    this.vault =
        new CmkVault(around.apply(new SqlCmkRepository(database)), database, keks, keystores);
    this.aliases = new AliasVault(new SqlAliasRepository(database), vault, database, keks);
    this.tags = new TagVault(new SqlTagRepository(database), vault, database);
    this.grants = GrantVault.of(new SqlGrantRepository(database), vault, database, keks);
  }

  private TestVault(TestVault other, String node, Freshness freshness) {
    this.project = other.project;
    this.domain = other.domain;
    this.folder = other.folder;
    this.directory = other.directory;
    this.seal = other.seal;
    this.database = new SharedSqlite((SqliteDatabase) other.database, node);
    this.keks = new Keks(seal, new SqlKekRepository(database));
    this.keystores =
        new Keystores(new SqlKeystoreRepository(database), keks, Optional.empty(), freshness);
    this.vault = new CmkVault(new SqlCmkRepository(database), database, keks, keystores);
    this.tags = new TagVault(new SqlTagRepository(database), vault, database);
    this.aliases =
        new AliasVault(new SqlAliasRepository(database), vault, database, keks, freshness);
    this.grants = GrantVault.of(new SqlGrantRepository(database), vault, database, keks, freshness);
    this.names = 1_000;
  }

  /// The same store as one node of many has it. Closed with this one.
  public TestVault node(String name, Freshness freshness) {
    return new TestVault(this, name, freshness);
  }

  public Cmk create(KeySpec spec) {
    return create(project, spec, spec.defaultUsage());
  }

  public Cmk create(ProjectId owner, KeySpec spec, KeyUsage usage) {
    return stored(fresh(owner, spec, usage));
  }

  /// A key of a dedicated keystore.
  Cmk create(KeySpec spec, KeystoreId keystore) {
    return stored(fresh(project, spec, spec.defaultUsage()).toBuilder().keystore(keystore).build());
  }

  private Cmk stored(Cmk cmk) {
    try (Material material = generator.generate(cmk.spec())) {
      vault.create(cmk, material, QUOTA);
    }
    return cmk;
  }

  private Cmk fresh(ProjectId owner, KeySpec spec, KeyUsage usage) {
    return Cmk.fresh(KeyId.random(), owner, domain, new KeyName("key-" + names++), spec, NOW)
        .usage(usage)
        .build();
  }

  /// A key whose material was imported and is to be deleted at a time.
  public Cmk imported(KeySpec spec, Instant expiresAt) {
    Cmk cmk =
        fresh(project, spec, spec.defaultUsage()).toBuilder()
            .origin(KeyOrigin.EXTERNAL)
            .state(new KeyState.PendingImport())
            .build();
    vault.createWithoutMaterial(cmk, QUOTA);
    return vault.changeMaterial(
        project,
        cmk.id(),
        key -> {
          try (Material material = generator.generate(spec);
              KeyMaterial encoded = material.encode()) {
            Cmk next =
                key.materialImported(
                    0, new ImportPrint(keks).of(key, encoded), Optional.of(expiresAt));
            return new MaterialChange.Added(next, vault.wrapped(next, 0, material, NOW));
          }
        });
  }

  /// Gives an external key other material, to rotate to.
  public Cmk nextImported(Cmk cmk) {
    return vault.changeMaterial(
        project,
        cmk.id(),
        key -> {
          try (Material material = generator.generate(key.spec());
              KeyMaterial encoded = material.encode()) {
            Cmk next =
                key.nextMaterialImported(new ImportPrint(keks).of(key, encoded), Optional.empty());
            int version = next.currentVersion() + 1;
            return new MaterialChange.Added(next, vault.wrapped(next, version, material, NOW));
          }
        });
  }

  /// What the columns of a table are called.
  List<String> columns(String table) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement();
        var result = statement.executeQuery("SELECT * FROM " + table + " LIMIT 0")) {
      var names = new ArrayList<String>();
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        names.add(result.getMetaData().getColumnName(i));
      }
      return names;
    }
  }

  Cmk create(Cmk cmk, byte[] secret) {
    try (var material = new Material.Secret(new KeyMaterial(secret))) {
      vault.create(cmk, material, QUOTA);
    }
    return cmk;
  }

  /// The embedded store's file.
  public Path file() {
    return folder.resolve("keyhold.db");
  }

  /// Edits the database as its administrator could.
  ///
  /// @return how many rows changed
  public int edit(String sql) throws SQLException {
    try (Connection connection = connect();
        var statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  /// A way behind the store's back that stays open. It has a table of its own, `temp.victim`, for
  /// names and numbers of rows.
  Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
    try (var statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=10000");
      statement.execute("PRAGMA synchronous=OFF");
      statement.execute("CREATE TEMP TABLE victim (name TEXT PRIMARY KEY, rowid_ INTEGER)");
      return connection;
    }
  }

  @Override
  public void close() {
    generator.close();
    database.close();
    seal.close();
    directory.close();
  }
}
