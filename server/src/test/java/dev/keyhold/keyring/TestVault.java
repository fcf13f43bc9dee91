package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
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
import java.util.Optional;
import java.util.function.UnaryOperator;

/// A vault on a real store, and a way behind its back.
public final class TestVault implements AutoCloseable {
  public static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final int QUOTA = 1000;

  public final ProjectId project;
  public final DomainId domain;
  public final KeyGenerator generator = new KeyGenerator();
  public final Keystores keystores;
  public final CmkVault vault;
  public final AliasVault aliases;
  public final GrantVault grants;
  public final TagVault tags;

  private final Path folder;
  private final DataDirectory directory;
  private final Seal seal;
  private final SqliteDatabase sqlite;
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
    this.project = ProjectId.random();
    this.domain = DomainId.random();
    this.folder = folder.resolve("data");
    this.directory = DataDirectory.open(this.folder);
    this.seal = FileSeal.create(folder.resolve("root.key"));
    this.sqlite = SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, _ -> {});
    this.database = sqlite;
    var keks = new Keks(seal, new SqlKekRepository(database));
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
    this.sqlite = other.sqlite;
    this.database = new SharedSqlite(sqlite, node);
    var keks = new Keks(seal, new SqlKekRepository(database));
    this.keystores = new Keystores(new SqlKeystoreRepository(database), keks, Optional.empty());
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
    return create(owner, spec, usage, "0");
  }

  /// A key of a dedicated keystore.
  Cmk create(KeySpec spec, KeystoreId keystore) {
    return create(project, spec, spec.defaultUsage(), keystore.text());
  }

  private Cmk create(ProjectId owner, KeySpec spec, KeyUsage usage, String keystore) {
    Cmk cmk =
        new Cmk(
            KeyId.random(),
            owner,
            domain,
            new KeyName("key-" + names++),
            spec,
            usage,
            KeyOrigin.KMS,
            new KeyState.Enabled(),
            "",
            NOW,
            "0",
            keystore,
            false,
            0,
            1);
    try (Material material = generator.generate(spec)) {
      vault.create(cmk, material, QUOTA);
    }
    return cmk;
  }

  Cmk create(Cmk cmk, byte[] secret) {
    try (var material = new Material.Secret(new KeyMaterial(secret))) {
      vault.create(cmk, material, QUOTA);
    }
    return cmk;
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
    Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("keyhold.db"));
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
    sqlite.close();
    seal.close();
    directory.close();
  }
}
