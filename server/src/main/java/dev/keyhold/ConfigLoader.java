package dev.keyhold;

import dev.keyhold.Config.Anchor;
import dev.keyhold.Config.Audit;
import dev.keyhold.Config.Dev;
import dev.keyhold.Config.Limits;
import dev.keyhold.Config.Log;
import dev.keyhold.Config.Quotas;
import dev.keyhold.Config.Replication;
import dev.keyhold.Config.RootKey;
import dev.keyhold.Config.Tls;
import dev.keyhold.http.RateLimits.PerSecond;
import dev.keyhold.http.TrustedProxies;
import dev.keyhold.key.KeySpec;
import dev.keyhold.seal.Hsm;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.PostgresUrl;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/// Puts the [Config] together, and refuses settings that contradict each other. Whatever is unknown
/// or wrong stops the start.
public final class ConfigLoader {
  /// The file that is read when none is named, if it lies in the working directory.
  static final String DEFAULT_FILE = "keyhold.yaml";

  private final Settings given;

  private ConfigLoader(Settings given) {
    this.given = given;
  }

  /// @param flags property name to text, as given on the command line
  /// @param named the file of `--config`
  /// @param workingDirectory where relative paths of flags and environment start
  /// @throws ConfigException when anything is unknown, wrong or contradictory
  public static Config load(
      Map<String, String> flags,
      Optional<Path> named,
      Map<String, String> environment,
      Path workingDirectory) {
    Optional<Path> file =
        named
            .or(() -> Optional.ofNullable(environment.get(Settings.FILE_VARIABLE)).map(Path::of))
            .map(workingDirectory::resolve)
            .or(() -> Optional.of(workingDirectory.resolve(DEFAULT_FILE)).filter(Files::exists));
    Settings given = Settings.of(flags, environment, file, workingDirectory);
    return new ConfigLoader(given).assemble(file);
  }

  private Config assemble(Optional<Path> file) {
    Path data = given.path(Property.DATA).orElseThrow();
    boolean dev = given.value(Property.DEV_ENABLED);
    Duration clockOffset = given.value(Property.DEV_CLOCK_OFFSET);
    if (!dev && !clockOffset.isZero()) {
      throw given.wrong(Property.DEV_CLOCK_OFFSET, "is accepted with --dev only: remove it");
    }
    Address listen = given.value(Property.LISTEN);
    return new Config(
        listen,
        data,
        given.value(Property.REGION),
        given.find(Property.ENDPOINT),
        tls(data, listen, dev),
        rootKey(data),
        sharedStore(),
        hsm(),
        new Quotas(given.value(Property.QUOTAS_CMKS), given.value(Property.QUOTAS_GRANTS_PER_CMK)),
        new Limits(
            given.find(Property.LIMITS_CONNECTIONS),
            given.value(Property.LIMITS_HEAD_TIME),
            given.value(Property.LIMITS_IDLE_TIME),
            given.value(Property.LIMITS_WRITE_TIME),
            new PerSecond(
                given.value(Property.LIMITS_RATE_CRYPTO_USER),
                given.value(Property.LIMITS_RATE_CRYPTO)),
            new PerSecond(
                given.value(Property.LIMITS_RATE_MANAGEMENT_USER),
                given.value(Property.LIMITS_RATE_MANAGEMENT)),
            given.find(Property.HTTP_TRUSTED_PROXIES).orElseGet(TrustedProxies::none)),
        new Audit(
            given.value(Property.AUDIT_ENABLED),
            given.path(Property.AUDIT_DIR).orElseGet(() -> data.resolve("audit")),
            given.value(Property.AUDIT_SYNC)),
        signedHosts(),
        given
            .find(Property.LIST_KEYS_DEFAULT_SPEC)
            .filter(spec -> !spec.equals("ALL"))
            .map(KeySpec::parse),
        given.value(Property.LEVEL4_ENABLED),
        replication(),
        anchor(dev, data),
        given.value(Property.STALENESS_MAX),
        dev ? Optional.of(new Dev(clockOffset)) : Optional.empty(),
        new Log(given.value(Property.LOG_LEVEL), given.value(Property.LOG_FORMAT)),
        given.value(Property.SHUTDOWN_GRACE),
        file);
  }

  private Tls tls(Path data, Address listen, boolean dev) {
    boolean insecure = given.value(Property.INSECURE_HTTP);
    Property.TlsMode mode = given.value(Property.TLS_MODE);
    if (mode != Property.TlsMode.PEM) {
      given.refuse(Property.TLS_CERT, "tls.mode: pem");
      given.refuse(Property.TLS_KEY, "tls.mode: pem");
    }
    return switch (mode) {
      case PEM -> {
        if (insecure) {
          throw given.wrong(Property.INSECURE_HTTP, "contradicts tls.mode: pem: keep one of them");
        }
        yield new Tls.Pem(given.required(Property.TLS_CERT), given.required(Property.TLS_KEY));
      }
      case AUTO -> dev || insecure ? plain(listen) : Tls.Own.in(data);
      case OFF -> {
        if (!dev && !insecure) {
          throw given.wrong(
              Property.TLS_MODE, "needs --insecure-http (insecure-http: true) beside it");
        }
        yield plain(listen);
      }
    };
  }

  // Data keys travel in the clear over plain HTTP, so it must not leave the machine by an
  // oversight.
  private static Tls plain(Address listen) {
    if (!listen.isLoopback()) {
      throw new ConfigException(
          "Plain HTTP is for loopback only, and listen is "
              + listen
              + ". Listen on 127.0.0.1, or serve TLS: tls.mode: pem with tls.cert and tls.key, or"
              + " tls.mode: auto without --dev and --insecure-http.");
    }
    return new Tls.Off();
  }

  private Optional<List<String>> signedHosts() {
    Optional<List<String>> hosts = given.find(Property.IAM_HOSTS);
    if (given.value(Property.IAM_REQUIRE_SIGNED_HOST)) {
      return hosts.or(() -> Optional.of(List.of()));
    }
    given.refuse(Property.IAM_HOSTS, "iam.require-signed-host: true");
    return Optional.empty();
  }

  private Optional<Replication> replication() {
    Optional<Path> secret = given.path(Property.REPLICATION_SECRET_FILE);
    Optional<SortedMap<String, URI>> peers = given.find(Property.REPLICATION_PEERS);
    Optional<Path> ca = given.path(Property.REPLICATION_CA_FILE);
    if (secret.isEmpty() && peers.isEmpty() && ca.isEmpty()) {
      return Optional.empty();
    }
    Path secretFile = given.required(Property.REPLICATION_SECRET_FILE);
    SortedMap<String, URI> others =
        peers.orElseThrow(() ->
            new ConfigException(
                "replication.peers is missing: it must be "
                    + Property.REPLICATION_PEERS.wanted()
                    + "."));
    if (others.containsKey(given.value(Property.REGION))) {
      throw given.wrong(Property.REPLICATION_PEERS, "must not name this server's own region");
    }
    others.forEach((region, url) -> {
      // What travels is sealed, but who talks to whom about which key is nobody's business.
      if (url.getScheme().equals("http") && !isLoopback(url)) {
        throw given.wrong(Property.REPLICATION_PEERS, "must use https for " + region);
      }
    });
    return Optional.of(new Replication(secretFile, others, ca));
  }

  private static boolean isLoopback(URI url) {
    return Address.parse(url.getHost() + ":80").filter(Address::isLoopback).isPresent();
  }

  private RootKey rootKey(Path data) {
    Path file = given.path(Property.SEAL_FILE).orElseGet(() -> data.resolve("root.key"));
    return switch (given.value(Property.SEAL_TYPE)) {
      case FILE -> {
        given.refuse(Property.SEAL_PASSPHRASE_FILE, "seal.type: passphrase");
        yield new RootKey.InFile(file);
      }
      case PASSPHRASE ->
          new RootKey.FromPassphrase(file, given.required(Property.SEAL_PASSPHRASE_FILE));
    };
  }

  private Optional<PostgresSettings> sharedStore() {
    Optional<String> url = given.find(Property.STORE_URL);
    Optional<Path> passwordFile = given.path(Property.STORE_PASSWORD_FILE);
    int connections = given.value(Property.STORE_CONNECTIONS);
    Duration timeout = given.value(Property.STORE_TIMEOUT);
    if (url.isEmpty()) {
      given.refuse(Property.STORE_USER, "store.url");
      given.refuse(Property.STORE_PASSWORD_FILE, "store.url");
      return Optional.empty();
    }
    PostgresUrl.refusal(url.get())
        .ifPresent(why -> {
          // Not the text, which may hold a password.
          String where = given.where(Property.STORE_URL);
          throw new ConfigException("store.url (" + where + ") " + why + ".");
        });
    return Optional.of(
        new PostgresSettings(
            url.get(),
            given.find(Property.STORE_USER),
            passwordFile,
            connections,
            timeout,
            given.value(Property.STORE_NOTIFY)));
  }

  private Anchor anchor(boolean dev, Path data) {
    Path rootKey = rootKey(data).file();
    Path name = Path.of(rootKey.getFileName() + ".anchor");
    Optional<Path> chosen = given.path(Property.ANCHOR_FILE);
    return new Anchor(
        chosen.orElseGet(() -> dev ? data.resolve(name) : rootKey.resolveSibling(name)),
        chosen.isPresent(),
        given.value(Property.ANCHOR_POLICY));
  }

  private Optional<Hsm.Token> hsm() {
    if (!given.isGiven(Property.HSM_LIBRARY)) {
      given.refuse(Property.HSM_PIN_FILE, "hsm.library");
      return Optional.empty();
    }
    return Optional.of(
        new Hsm.Token(
            given.value(Property.HSM_CLUSTER),
            given.required(Property.HSM_LIBRARY),
            given.value(Property.HSM_SLOT),
            given.required(Property.HSM_PIN_FILE)));
  }
}
