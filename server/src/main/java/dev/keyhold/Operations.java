package dev.keyhold;

import dev.keyhold.http.Routes;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Logins;
import dev.keyhold.iam.Tokens;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.operation.Aliases;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.DatakeyPairs;
import dev.keyhold.operation.DedicatedKeystores;
import dev.keyhold.operation.Grants;
import dev.keyhold.operation.Identity;
import dev.keyhold.operation.KeyAccess;
import dev.keyhold.operation.KeyAgreement;
import dev.keyhold.operation.KeyImport;
import dev.keyhold.operation.KeyLifecycle;
import dev.keyhold.operation.KeyQueries;
import dev.keyhold.operation.KeyReferences;
import dev.keyhold.operation.KeyRotation;
import dev.keyhold.operation.Level4;
import dev.keyhold.operation.Macs;
import dev.keyhold.operation.MultiRegion;
import dev.keyhold.operation.PasswordChange;
import dev.keyhold.operation.PermanentAccessKeys;
import dev.keyhold.operation.PinCreation;
import dev.keyhold.operation.Projects;
import dev.keyhold.operation.PublicKeys;
import dev.keyhold.operation.RandomData;
import dev.keyhold.operation.ReEncryption;
import dev.keyhold.operation.ServiceCatalog;
import dev.keyhold.operation.Signatures;
import dev.keyhold.operation.SmallData;
import dev.keyhold.operation.TagSearch;
import dev.keyhold.operation.Tags;
import dev.keyhold.operation.Versions;
import dev.keyhold.replication.Replicator;

/// The operations that a server serves, put together by hand.
final class Operations {
  /// What holds and changes keys.
  record Keys(
      Keyring keyring,
      DefaultKeys defaults,
      KeyGenerator generator,
      Rotations rotations,
      Imports imports,
      Replicator replicator) {}

  private final Config config;
  private final Instance instance;
  private final Clocks clocks;
  private final Tokens tokens;
  private final String endpoint;
  private final Keyring keyring;
  private final DefaultKeys defaultKeys;
  private final KeyGenerator generator;
  private final Rotations rotations;
  private final Imports imports;
  private final Replicator replicator;
  private final Authorizer authorizer = new Authorizer();

  /// @param endpoint where the server is called
  Operations(
      Config config, Instance instance, Clocks clocks, Keys keys, Tokens tokens, String endpoint) {
    this.config = config;
    this.instance = instance;
    this.clocks = clocks;
    this.tokens = tokens;
    this.endpoint = endpoint;
    this.keyring = keys.keyring();
    this.defaultKeys = keys.defaults();
    this.generator = keys.generator();
    this.rotations = keys.rotations();
    this.imports = keys.imports();
    this.replicator = keys.replicator();
  }

  Routes.Kms kms() {
    Config.Quotas quotas = config.quotas();
    Level4 level4 = config.level4() ? Level4.on(instance.keks(), System::nanoTime) : Level4.off();
    var references =
        new KeyReferences(authorizer, instance.aliases(), defaultKeys, config.region());
    var access = new KeyAccess(keyring, instance.vault(), instance.grants());
    return new Routes.Kms(
        new DataKeys(references, access, level4, generator),
        new PinCreation(authorizer, level4),
        data(references, access, level4),
        new RandomData(authorizer),
        new KeyLifecycle(
            authorizer,
            instance.vault(),
            instance.keystores(),
            keyring,
            generator,
            replicator,
            clocks.wall(),
            clocks.waiting(),
            config.region(),
            quotas.cmks()),
        new KeyQueries(
            authorizer,
            references,
            access,
            instance.vault(),
            instance.grants(),
            instance.database(),
            config.region(),
            config.listedByDefault(),
            quotas.cmks(),
            quotas.grantsPerCmk()),
        new KeyRotation(
            authorizer, instance.vault(), keyring, rotations, instance.database(), clocks.wall()),
        new KeyImport(authorizer, imports, clocks.wall()),
        new Versions(endpoint),
        new Aliases(authorizer, instance.aliases(), clocks.wall(), config.region()),
        new Tags(authorizer, instance.tags()),
        new TagSearch(authorizer, instance.tags(), config.region()),
        new Grants(authorizer, instance.grants(), clocks.wall(), quotas.grantsPerCmk()),
        new DedicatedKeystores(authorizer, instance.keystores(), keyring, clocks.wall()),
        new MultiRegion(authorizer, replicator));
  }

  private Routes.Data data(KeyReferences references, KeyAccess access, Level4 level4) {
    return new Routes.Data(
        new SmallData(authorizer, references, access),
        new Macs(references, keyring),
        new Signatures(references, keyring),
        new PublicKeys(references, keyring),
        new KeyAgreement(references, keyring),
        new DatakeyPairs(references, keyring, generator, level4),
        new ReEncryption(authorizer, references, access));
  }

  Routes.Iam iam() {
    var logins = new Logins(instance.iam(), instance.passwords(), System::nanoTime);
    var catalog = new ServiceCatalog(config.region(), endpoint);
    return new Routes.Iam(
        new Identity(instance.iam(), logins, tokens, catalog),
        new Projects(instance.iam(), catalog),
        new PasswordChange(instance.iam(), logins, instance.admin()),
        new PermanentAccessKeys(instance.iam(), instance.admin()));
  }
}
