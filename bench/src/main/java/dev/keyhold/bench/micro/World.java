package dev.keyhold.bench.micro;

import dev.keyhold.bench.load.PlainRequest;
import dev.keyhold.bench.load.RequestSigner;
import dev.keyhold.bench.load.ScratchFolder;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.iam.AccessKeys;
import dev.keyhold.iam.Authenticator;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Credentials;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Passwords;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestSignature;
import dev.keyhold.iam.SealedSecrets;
import dev.keyhold.iam.SteadyClock;
import dev.keyhold.iam.Tenancy;
import dev.keyhold.iam.Tokens;
import dev.keyhold.iam.Users;
import dev.keyhold.keyring.AliasVault;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Keystores;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.KeyAccess;
import dev.keyhold.operation.KeyLifecycle;
import dev.keyhold.operation.KeyReferences;
import dev.keyhold.operation.Level4;
import dev.keyhold.operation.Signatures;
import dev.keyhold.operation.SmallData;
import dev.keyhold.replication.Peers;
import dev.keyhold.replication.Replicator;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.SqlAliasRepository;
import dev.keyhold.store.SqlCmkRepository;
import dev.keyhold.store.SqlGrantRepository;
import dev.keyhold.store.SqlIamRepository;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.SqlKeystoreRepository;
import dev.keyhold.store.SqliteDatabase;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/// A server without its listener, put together as `dev.keyhold.Server` does, with one tenant and
/// one key, and a caller's view of it.
public final class World implements AutoCloseable {
  /// Where requests claim to be sent; a signature covers it.
  public static final String AUTHORITY = "127.0.0.1:8420";

  private static final int TOKEN_KEY_BYTES = 32;
  private static final String REGION = "cn-north-4";
  private static final int KEYS = 100;

  // The example of the API page "Encrypting a Data Encryption Key".
  private static final String PLAIN_TEXT =
      "7549d9aea901767bf3c0b3e14b10722eaf6f59053bbd82045d04e075e809a0fe"
          + "6ccab48f8e5efe74e4b18ff0512525e527b10331100f357bf42125d8d5ced94f"
          + "fbc8ac72b0785ca7fe33eb6776ce3990b11e32b299d9c0a9ee0305fb9540f797";

  private final ScratchFolder folder;
  private final DataDirectory directory;
  private final Seal seal;
  private final SqliteDatabase database;
  private final Keks keks;
  private final Keyring keyring;
  private final Authenticator authenticator;
  private final Tenancy tenancy;
  private final DataKeys dataKeys;
  private final SmallData smallData;
  private final Signatures signatures;
  private final KeyGenerator generator = new KeyGenerator();
  private final KeyLifecycle lifecycle;
  private final Caller caller;
  private final PlainRequest byToken;
  private final PlainRequest bySignature;

  public World() {
    folder = scratch();
    directory = DataDirectory.open(folder.path().resolve("data"));
    seal = FileSeal.create(folder.path().resolve("root.key"));
    database = SqliteDatabase.open(directory, SqliteDatabase.Settings.DEFAULT, _ -> {});
    keks = new Keks(seal, new SqlKekRepository(database));
    InstantSource clock = Clock.systemUTC();

    var iam = new SqlIamRepository(database, new IdentityMac(keks));
    var random = new SecureRandom();
    var secrets = new SealedSecrets(keks);
    var users = new Users(iam);
    var accessKeys = new AccessKeys(iam, secrets);
    var tokenKey = new KeyMaterial(Random.bytes(TOKEN_KEY_BYTES));
    var tokens = new Tokens(tokenKey, users, new SteadyClock(clock, System::nanoTime), random);
    authenticator =
        new Authenticator(
            tokens,
            new RequestSignature(accessKeys, users, clock, System::nanoTime, Optional.empty()));
    tenancy = new Tenancy(iam);

    var authorizer = new Authorizer();
    var keystores = new Keystores(new SqlKeystoreRepository(database), keks, Optional.empty());
    var vault = new CmkVault(new SqlCmkRepository(database), database, keks, keystores);
    keyring = new Keyring(vault, clock, KEYS);
    var aliases = new AliasVault(new SqlAliasRepository(database), vault, database, keks);
    var references =
        new KeyReferences(authorizer, aliases, new DefaultKeys(vault, generator, clock), REGION);
    var grants = GrantVault.of(new SqlGrantRepository(database), vault, database, keks);
    var access = new KeyAccess(keyring, vault, grants);
    dataKeys = new DataKeys(references, access, Level4.off(), generator);
    smallData = new SmallData(authorizer, references, access);
    signatures = new Signatures(references, keyring);
    var replicator =
        new Replicator(
            Peers.none(REGION), new RegionalKeys(vault, keyring, grants, aliases), iam, clock);
    lifecycle =
        new KeyLifecycle(
            authorizer,
            vault,
            keystores,
            keyring,
            generator,
            replicator,
            clock,
            clock,
            REGION,
            KEYS);

    var admin =
        new IamAdmin(
            iam, database, new Passwords(random), secrets, users, accessKeys, random, clock);
    try (Credentials tenant = admin.createTenant(name("bench"), name(REGION), name("bench"))) {
      caller = caller(tenant);
      String keyId = newKey("AES_256", "ENCRYPT_DECRYPT");
      String path = "/v1.0/" + tenant.project().id().text() + "/kms/encrypt-datakey";
      PlainRequest request = PlainRequest.post(path, body(keyId));
      var token =
          tokens.issue(iam.user(tenant.userId()).orElseThrow(), Optional.of(tenant.project().id()));
      byToken = request.with("X-Auth-Token", token.text());
      bySignature = signer(tenant).signed(request, AUTHORITY, Instant.now());
    }
  }

  private static ScratchFolder scratch() {
    try {
      return new ScratchFolder("keyhold-micro-");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Name name(String text) {
    return Name.parse(text).orElseThrow();
  }

  private static Caller caller(Credentials tenant) {
    var principal =
        new Principal(
            tenant.userId(),
            tenant.userName().text(),
            tenant.domain().id(),
            Optional.of(tenant.project().id()),
            Principal.Method.TOKEN);
    return new Caller(principal, tenant.project().id());
  }

  private static RequestSigner signer(Credentials tenant) {
    String secret = tenant.secretKey().lend(bytes -> new String(bytes, StandardCharsets.US_ASCII));
    return new RequestSigner(tenant.accessKey().text(), secret);
  }

  private static String body(String keyId) {
    return """
    {"key_id":"%s","plain_text":"%s","datakey_plain_length":"64","additional_authenticated_data":"123aad"}\
    """
        .formatted(keyId, PLAIN_TEXT);
  }

  public Authenticator authenticator() {
    return authenticator;
  }

  public Tenancy tenancy() {
    return tenancy;
  }

  public DataKeys dataKeys() {
    return dataKeys;
  }

  public SmallData smallData() {
    return smallData;
  }

  public Signatures signatures() {
    return signatures;
  }

  /// The tenant, as operations see it.
  public Caller caller() {
    return caller;
  }

  /// Makes a key of the tenant's.
  ///
  /// @return its id
  public String newKey(String spec, String usage) {
    var request =
        new KeyLifecycle.CreateRequest(
            "bench-" + UUID.randomUUID(),
            Optional.of(spec),
            Optional.of(usage),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    return lifecycle.create(caller, request).keyInfo().keyId();
  }

  /// encrypt-datakey of a 64-byte DEK, with a token.
  public PlainRequest byToken() {
    return byToken;
  }

  /// The same with a signature, which is good for 15 minutes.
  public PlainRequest bySignature() {
    return bySignature;
  }

  @Override
  public void close() {
    generator.close();
    keyring.close();
    keks.close();
    database.close();
    seal.close();
    directory.close();
    try {
      folder.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
