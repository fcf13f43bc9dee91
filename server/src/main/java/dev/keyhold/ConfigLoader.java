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
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Puts the [Config] together. Flags win over the environment, that over the file, and that over
/// the defaults. Whatever is unknown or wrong stops the start.
public final class ConfigLoader {
  /// The file that is read when none is named, if it lies in the working directory.
  static final String DEFAULT_FILE = "keyhold.yaml";

  private static final String PREFIX = "KEYHOLD_";
  private static final String FILE_VARIABLE = PREFIX + "CONFIG";

  /// For the launcher, not for us.
  private static final List<String> LAUNCHER_VARIABLES =
      List.of(PREFIX + "JAVA_HOME", PREFIX + "JAVA_OPTS", PREFIX + "BUILD");

  // Kubernetes and Docker set these in every container beside a service called "keyhold".
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "KEYHOLD_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)"
              + "(_(PROTO|PORT|ADDR))?)?)");

  private final List<Map<String, Setting>> layers;
  private final Path workingDirectory;

  private ConfigLoader(List<Map<String, Setting>> layers, Path workingDirectory) {
    this.layers = layers;
    this.workingDirectory = workingDirectory;
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
    Map<String, Setting> ofFlags = fromFlags(flags, workingDirectory);
    Map<String, Setting> ofEnvironment = fromEnvironment(environment, workingDirectory);
    Optional<Path> file =
        named
            .or(() -> Optional.ofNullable(environment.get(FILE_VARIABLE)).map(Path::of))
            .map(workingDirectory::resolve)
            .or(() -> Optional.of(workingDirectory.resolve(DEFAULT_FILE)).filter(Files::exists));
    Map<String, Setting> ofFile = file.map(ConfigFile::read).orElseGet(Map::of);
    return new ConfigLoader(List.of(ofFlags, ofEnvironment, ofFile), workingDirectory)
        .assemble(file);
  }

  static ConfigException unknown(String name, String where, Collection<String> known) {
    return new ConfigException(
        where
            + ": there is no property "
            + Printable.brief(name)
            + "."
            + NearestName.suggestion(name, known)
            + " All are described in keyhold.example.yaml.");
  }

  private static Map<String, Setting> fromFlags(Map<String, String> flags, Path base) {
    List<String> known = Property.ALL.stream().map(Property::name).toList();
    Map<String, Setting> settings = new HashMap<>();
    flags.forEach((name, text) -> {
      if (!known.contains(name)) {
        throw unknown(name, "The command line", known);
      }
      settings.put(name, new Setting(text, "the command line", base));
    });
    return settings;
  }

  private static Map<String, Setting> fromEnvironment(Map<String, String> environment, Path base) {
    Map<String, String> known =
        Property.ALL.stream()
            .collect(Collectors.toMap(Property::environmentVariable, Property::name));
    Map<String, Setting> settings = new HashMap<>();
    environment.forEach((variable, text) -> {
      String name = known.get(variable);
      if (name != null) {
        settings.put(name, new Setting(text, "environment variable " + variable, base));
      } else if (variable.startsWith(PREFIX)
          && !variable.equals(FILE_VARIABLE)
          && !LAUNCHER_VARIABLES.contains(variable)
          && !SERVICE_LINK.matcher(variable).matches()) {
        throw unknown(variable, "The environment", known.keySet());
      }
    });
    return settings;
  }

  private Config assemble(Optional<Path> file) {
    Path data = path(Property.DATA).orElseThrow();
    boolean dev = value(Property.DEV_ENABLED);
    Duration clockOffset = value(Property.DEV_CLOCK_OFFSET);
    if (!dev && !clockOffset.isZero()) {
      throw wrong(Property.DEV_CLOCK_OFFSET, "is accepted with --dev only: remove it");
    }
    Address listen = value(Property.LISTEN);
    return new Config(
        listen,
        data,
        value(Property.REGION),
        find(Property.ENDPOINT),
        tls(data, listen, dev),
        rootKey(data),
        sharedStore(),
        hsm(),
        new Quotas(value(Property.QUOTAS_CMKS), value(Property.QUOTAS_GRANTS_PER_CMK)),
        new Limits(
            find(Property.LIMITS_CONNECTIONS),
            value(Property.LIMITS_HEAD_TIME),
            value(Property.LIMITS_IDLE_TIME),
            value(Property.LIMITS_WRITE_TIME),
            new PerSecond(
                value(Property.LIMITS_RATE_CRYPTO_USER), value(Property.LIMITS_RATE_CRYPTO)),
            new PerSecond(
                value(Property.LIMITS_RATE_MANAGEMENT_USER),
                value(Property.LIMITS_RATE_MANAGEMENT)),
            find(Property.HTTP_TRUSTED_PROXIES).orElseGet(TrustedProxies::none)),
        new Audit(
            value(Property.AUDIT_ENABLED),
            path(Property.AUDIT_DIR).orElseGet(() -> data.resolve("audit")),
            value(Property.AUDIT_SYNC)),
        signedHosts(),
        find(Property.LIST_KEYS_DEFAULT_SPEC)
            .filter(spec -> !spec.equals("ALL"))
            .map(KeySpec::parse),
        value(Property.LEVEL4_ENABLED),
        replication(),
        anchor(dev, data),
        value(Property.STALENESS_MAX),
        dev ? Optional.of(new Dev(clockOffset)) : Optional.empty(),
        new Log(value(Property.LOG_LEVEL), value(Property.LOG_FORMAT)),
        value(Property.SHUTDOWN_GRACE),
        file);
  }

  private Tls tls(Path data, Address listen, boolean dev) {
    boolean insecure = value(Property.INSECURE_HTTP);
    Property.TlsMode mode = value(Property.TLS_MODE);
    if (mode != Property.TlsMode.PEM) {
      for (Property<?> unused : List.of(Property.TLS_CERT, Property.TLS_KEY)) {
        if (setting(unused).isPresent()) {
          throw wrong(unused, "is used with tls.mode: pem only: set that, or remove this");
        }
      }
    }
    return switch (mode) {
      case PEM -> {
        if (insecure) {
          throw wrong(Property.INSECURE_HTTP, "contradicts tls.mode: pem: keep one of them");
        }
        yield new Tls.Pem(required(Property.TLS_CERT), required(Property.TLS_KEY));
      }
      case AUTO -> dev || insecure ? plain(listen) : Tls.Own.in(data);
      case OFF -> {
        if (!dev && !insecure) {
          throw wrong(Property.TLS_MODE, "needs --insecure-http (insecure-http: true) beside it");
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
    Optional<List<String>> hosts = find(Property.IAM_HOSTS);
    if (value(Property.IAM_REQUIRE_SIGNED_HOST)) {
      return hosts.or(() -> Optional.of(List.of()));
    }
    if (hosts.isPresent()) {
      throw wrong(
          Property.IAM_HOSTS,
          "is used with iam.require-signed-host: true only: set that, or remove this");
    }
    return Optional.empty();
  }

  private Optional<Replication> replication() {
    Optional<Path> secret = path(Property.REPLICATION_SECRET_FILE);
    Optional<SortedMap<String, URI>> peers = find(Property.REPLICATION_PEERS);
    Optional<Path> ca = path(Property.REPLICATION_CA_FILE);
    if (secret.isEmpty() && peers.isEmpty() && ca.isEmpty()) {
      return Optional.empty();
    }
    Path secretFile = required(Property.REPLICATION_SECRET_FILE);
    SortedMap<String, URI> others =
        peers.orElseThrow(() ->
            new ConfigException(
                "replication.peers is missing: it must be "
                    + Property.REPLICATION_PEERS.wanted()
                    + "."));
    if (others.containsKey(value(Property.REGION))) {
      throw wrong(Property.REPLICATION_PEERS, "must not name this server's own region");
    }
    others.forEach((region, url) -> {
      // What travels is sealed, but who talks to whom about which key is nobody's business.
      if (url.getScheme().equals("http") && !isLoopback(url)) {
        throw wrong(Property.REPLICATION_PEERS, "must use https for " + region);
      }
    });
    return Optional.of(new Replication(secretFile, others, ca));
  }

  private static boolean isLoopback(URI url) {
    return Address.parse(url.getHost() + ":80").filter(Address::isLoopback).isPresent();
  }

  private RootKey rootKey(Path data) {
    Path file = path(Property.SEAL_FILE).orElseGet(() -> data.resolve("root.key"));
    return switch (value(Property.SEAL_TYPE)) {
      case FILE -> {
        if (setting(Property.SEAL_PASSPHRASE_FILE).isPresent()) {
          throw wrong(
              Property.SEAL_PASSPHRASE_FILE,
              "is used with seal.type: passphrase only: set that, or remove this");
        }
        yield new RootKey.InFile(file);
      }
      case PASSPHRASE -> new RootKey.FromPassphrase(file, required(Property.SEAL_PASSPHRASE_FILE));
    };
  }

  private Optional<PostgresSettings> sharedStore() {
    Optional<String> url = find(Property.STORE_URL);
    Optional<Path> passwordFile = path(Property.STORE_PASSWORD_FILE);
    int connections = value(Property.STORE_CONNECTIONS);
    Duration timeout = value(Property.STORE_TIMEOUT);
    if (url.isEmpty()) {
      for (Property<?> unused : List.of(Property.STORE_USER, Property.STORE_PASSWORD_FILE)) {
        if (setting(unused).isPresent()) {
          throw wrong(unused, "is used with store.url only: set that, or remove this");
        }
      }
      return Optional.empty();
    }
    PostgresUrl.refusal(url.get())
        .ifPresent(why -> {
          // Not the text, which may hold a password.
          String where = setting(Property.STORE_URL).orElseThrow().where();
          throw new ConfigException("store.url (" + where + ") " + why + ".");
        });
    return Optional.of(
        new PostgresSettings(
            url.get(),
            find(Property.STORE_USER),
            passwordFile,
            connections,
            timeout,
            value(Property.STORE_NOTIFY)));
  }

  private Anchor anchor(boolean dev, Path data) {
    Path rootKey = rootKey(data).file();
    Path name = Path.of(rootKey.getFileName() + ".anchor");
    Optional<Path> chosen = path(Property.ANCHOR_FILE);
    return new Anchor(
        chosen.orElseGet(() -> dev ? data.resolve(name) : rootKey.resolveSibling(name)),
        chosen.isPresent(),
        value(Property.ANCHOR_POLICY));
  }

  private Optional<Hsm.Token> hsm() {
    if (setting(Property.HSM_LIBRARY).isEmpty()) {
      if (setting(Property.HSM_PIN_FILE).isPresent()) {
        throw wrong(
            Property.HSM_PIN_FILE, "is used with hsm.library only: set that, or remove this");
      }
      return Optional.empty();
    }
    return Optional.of(
        new Hsm.Token(
            value(Property.HSM_CLUSTER),
            required(Property.HSM_LIBRARY),
            value(Property.HSM_SLOT),
            required(Property.HSM_PIN_FILE)));
  }

  private <T> T value(Property<T> property) {
    return find(property).orElseThrow();
  }

  private <T> Optional<T> find(Property<T> property) {
    return setting(property)
        .map(setting ->
            property
                .reader()
                .apply(setting.text())
                .orElseThrow(() -> wrong(property, "must be " + property.wanted())));
  }

  private Optional<Path> path(Property<String> property) {
    return find(property)
        .map(text -> setting(property).orElseThrow().base().resolve(text).normalize());
  }

  private Path required(Property<String> property) {
    return path(property)
        .orElseThrow(() ->
            new ConfigException(
                property.name() + " is missing: it must be " + property.wanted() + "."));
  }

  private Optional<Setting> setting(Property<?> property) {
    return layers.stream()
        .filter(layer -> layer.containsKey(property.name()))
        .findFirst()
        .map(layer -> layer.get(property.name()))
        .or(() ->
            property.fallback().map(text -> new Setting(text, "the default", workingDirectory)));
  }

  private ConfigException wrong(Property<?> property, String why) {
    Setting setting = setting(property).orElseThrow();
    return new ConfigException(
        "%s \"%s\" (%s) %s."
            .formatted(property.name(), Printable.brief(setting.text()), setting.where(), why));
  }
}
