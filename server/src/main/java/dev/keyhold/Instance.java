package dev.keyhold;

import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.Freshness;
import dev.keyhold.iam.AccessKeySecrets;
import dev.keyhold.iam.AccessKeys;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Passwords;
import dev.keyhold.iam.SealedSecrets;
import dev.keyhold.iam.Users;
import dev.keyhold.keyring.AliasVault;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.Keystores;
import dev.keyhold.keyring.TagVault;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.Database;
import dev.keyhold.store.PostgresDatabase;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.SqlAliasRepository;
import dev.keyhold.store.SqlCmkRepository;
import dev.keyhold.store.SqlGrantRepository;
import dev.keyhold.store.SqlIamRepository;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.SqlKeystoreRepository;
import dev.keyhold.store.SqlTagRepository;
import dev.keyhold.store.SqliteDatabase;
import dev.keyhold.store.StoreException;
import dev.keyhold.store.StorePosition;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/// What a server and the offline commands share: the data folder, the root key, the store, and who
/// may call. Everything but the serving.
///
/// Opened in an order in which each step can refuse before the next one writes: folder and its
/// lock, root key, database (its check value first), keys.
final class Instance implements AutoCloseable {
  private final DataDirectory directory;
  private final Seal seal;
  private final Database database;
  private final AnchorKeeper anchor;
  private final Keks keks;
  private final Keystores keystores;
  private final CmkVault vault;
  private final AliasVault aliases;
  private final TagVault tags;
  private final GrantVault grants;
  private final IamRepository iam;
  private final Passwords passwords;
  private final Users users;
  private final AccessKeys accessKeys;
  private final IamAdmin admin;
  private final Freshness freshness;

  private Instance(
      DataDirectory directory,
      Seal seal,
      Database database,
      AnchorKeeper anchor,
      Optional<Hsm> hsm,
      Passwords passwords,
      Duration mostStaleness,
      InstantSource clock) {
    this.directory = directory;
    this.seal = seal;
    this.database = database;
    this.anchor = anchor;
    KekRepository kekRepository = new SqlKekRepository(database);
    this.keks = new Keks(seal, kekRepository, CacheShare.KEKS.entries());
    this.freshness =
        database.sharing().isPresent()
            ? Freshness.within(mostStaleness, System::nanoTime)
            : Freshness.unshared();
    this.keystores = new Keystores(new SqlKeystoreRepository(database), keks, hsm, freshness);
    this.vault = new CmkVault(new SqlCmkRepository(database), database, keks, keystores);
    this.aliases =
        new AliasVault(new SqlAliasRepository(database), vault, database, keks, freshness);
    this.tags = new TagVault(new SqlTagRepository(database), vault, database);
    this.grants = GrantVault.of(new SqlGrantRepository(database), vault, database, keks, freshness);
    this.iam = new SqlIamRepository(database, new IdentityMac(keks));
    var random = new SecureRandom();
    AccessKeySecrets secrets = new SealedSecrets(keks);
    this.passwords = passwords;
    this.users = new Users(iam, freshness);
    this.accessKeys = new AccessKeys(iam, secrets, freshness);
    this.admin = new IamAdmin(iam, database, passwords, secrets, users, accessKeys, random, clock);
  }

  /// Opens what `init`, or an earlier start in development mode, has made.
  ///
  /// @throws StartRefused when there is nothing yet
  static Instance open(Config config) {
    return open(config, new Passwords(new SecureRandom()), Manner.AS_IT_IS);
  }

  /// Likewise, whatever was known of the store before: it is the one that is wanted.
  static Instance accept(Config config) {
    return open(config, new Passwords(new SecureRandom()), Manner.ACCEPTED);
  }

  /// Opens it, made first if there is nothing yet.
  static Instance openOrCreate(Config config) {
    return openOrCreate(config, new Passwords(new SecureRandom()));
  }

  /// Likewise, with `passwords` that may be at work already.
  static Instance openOrCreate(Config config, Passwords passwords) {
    return open(config, passwords, Manner.CREATED);
  }

  private enum Manner {
    AS_IT_IS,
    ACCEPTED,
    CREATED
  }

  private static Instance open(Config config, Passwords passwords, Manner manner) {
    refuseExposedPassword(config);
    try {
      if (config.sharedStore().isEmpty()) {
        DataDirectory.requireNoLogAlone(config.data()); // before a root key is made for nothing
        if (manner != Manner.CREATED && !DataDirectory.hasDatabase(config.data())) {
          throw notInitialised(config); // before a folder is made for a mistyped name
        }
      }
      DataDirectory directory = DataDirectory.open(config.data());
      try {
        return open(config, directory, passwords, manner);
      } catch (RuntimeException e) {
        directory.close();
        throw e;
      }
    } catch (StoreException refused) {
      throw new StartRefused(String.valueOf(refused.getMessage()));
    }
  }

  private static Instance open(
      Config config, DataDirectory directory, Passwords passwords, Manner manner) {
    boolean create = manner == Manner.CREATED;
    RootKeyChoice rootKey = rootKey(config, directory, create);
    try {
      if (config.sharedStore().isEmpty() && !directory.hasDatabase()) {
        AnchorKeeper.refuseMissing(config, rootKey.present());
      }
      Database database = database(config, directory, rootKey::choose);
      try {
        RootKeyReplacement.settle(config, rootKey, database);
        AnchorKeeper anchor =
            AnchorKeeper.open(
                config, rootKey.chosen(), rootKey.present(), database, manner == Manner.ACCEPTED);
        Seal seal = rootKey.release();
        var instance =
            new Instance(
                directory,
                seal,
                database,
                anchor,
                config.hsm().map(Hsm::new),
                passwords,
                config.stalenessMax(),
                config.clock());
        if (!create && instance.iam.isEmpty()) {
          throw notInitialised(config);
        }
        instance.establish(); // not before: a refused start must leave an empty store empty
        return instance;
      } catch (RuntimeException e) {
        database.close();
        throw e;
      }
    } catch (RuntimeException e) {
      rootKey.close();
      throw e;
    }
  }

  /// Makes the store this root key's, and gives it an id, unless it has both.
  private void establish() {
    SealCheck.establish(seal, new SqlKekRepository(database));
    if (StorePosition.of(database).store().isEmpty()) {
      StorePosition.establish(database);
    }
  }

  static void refuseExposedPassword(Config config) {
    config
        .sharedStore()
        .flatMap(PostgresSettings::passwordFile)
        .ifPresent(file -> Exposure.refuse(file, "password file"));
  }

  static Database database(Config config, DataDirectory directory, Consumer<KekRepository> guard) {
    return config
        .sharedStore()
        .<Database>map(settings -> PostgresDatabase.open(settings, guard))
        .orElseGet(() -> SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, guard));
  }

  private static RootKeyChoice rootKey(Config config, DataDirectory directory, boolean create) {
    if (RootKeys.exists(config.rootKey())) {
      return RootKeys.with(config.rootKey(), opener -> RootKeyChoice.of(config.rootKey(), opener));
    }
    if (config.sharedStore().filter(PostgresDatabase::hasKeys).isPresent()) {
      throw new StartRefused(
          "The root key %s is missing, and the database can't be opened without it. Copy it from where this store was initialised."
              .formatted(config.rootKey().file()));
    }
    if (config.sharedStore().isEmpty() && directory.hasDatabase()) {
      // A new root key could open none of what is there, so none is made.
      throw new StartRefused(
          "The root key %s is missing, and the database in %s can't be opened without it. Put it back."
              .formatted(config.rootKey().file(), directory.path()));
    }
    if (!create) {
      throw notInitialised(config);
    }
    return RootKeyChoice.of(config.rootKey(), RootKeys.create(config.rootKey()));
  }

  static StartRefused notInitialised(Config config) {
    if (config.sharedStore().isPresent()) {
      return new StartRefused(
          "There is no Keyhold in the database yet, or no root key %s. Run: keyhold init, or copy the root key from where this store was initialised."
              .formatted(config.rootKey().file()));
    }
    Exposure.refuseForeign(config.data(), "data folder"); // whose files this user may not even see
    return new StartRefused(
        "There is no Keyhold in %s yet. Run: keyhold init --data %s"
            .formatted(config.data(), config.data()));
  }

  Database database() {
    return database;
  }

  /// For who follows the store.
  RootKeyWatch rootKeyWatch() {
    return new RootKeyWatch(seal, new SqlKekRepository(database), freshness);
  }

  AnchorKeeper anchor() {
    return anchor;
  }

  Keks keks() {
    return keks;
  }

  Keystores keystores() {
    return keystores;
  }

  CmkVault vault() {
    return vault;
  }

  AliasVault aliases() {
    return aliases;
  }

  TagVault tags() {
    return tags;
  }

  GrantVault grants() {
    return grants;
  }

  IamRepository iam() {
    return iam;
  }

  Passwords passwords() {
    return passwords;
  }

  Users users() {
    return users;
  }

  AccessKeys accessKeys() {
    return accessKeys;
  }

  Freshness freshness() {
    return freshness;
  }

  IamAdmin admin() {
    return admin;
  }

  @Override
  public void close() {
    keystores.close();
    keks.close();
    anchor.close();
    database.close();
    seal.close();
    directory.close();
  }
}
