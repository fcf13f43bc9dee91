package dev.keyhold;

import dev.keyhold.Config.Log;
import dev.keyhold.audit.AuditSync;
import dev.keyhold.http.TrustedProxies;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/// One property: its dotted name in `keyhold.yaml`, how its text is read, what is said when it
/// can't be, and its value when nobody sets it. This is the whole list.
///
/// @param wanted completes "must be …"
/// @param fallback empty when the property has no value of its own by default
record Property<T>(
    String name, String wanted, Function<String, Optional<T>> reader, Optional<String> fallback) {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final String REGION_NAME = "[a-zA-Z0-9_-]{1,64}";
  private static final Duration DAY = Duration.ofDays(1);

  static final Property<Address> LISTEN =
      of("listen", "HOST:PORT, for example 127.0.0.1:8420 or [::1]:8420", Address::parse)
          .by("127.0.0.1:8420");
  static final Property<String> DATA =
      of("data", "the path of a folder", Property::nonBlank).by("data");
  static final Property<String> REGION =
      of("region", "1 to 64 letters, digits, - and _", text -> matching(text, REGION_NAME))
          .by("local-1");
  static final Property<URI> ENDPOINT =
      of("endpoint", "a URL such as https://kms.example.com, without a path", Property::origin);

  static final Property<TlsMode> TLS_MODE = choice("tls.mode", TlsMode.class).by("auto");
  static final Property<String> TLS_CERT =
      of("tls.cert", "the path of a PEM file with the certificate chain", Property::nonBlank);
  static final Property<String> TLS_KEY =
      of("tls.key", "the path of a PEM file with the private key", Property::nonBlank);
  static final Property<Boolean> INSECURE_HTTP = flag("insecure-http").by("false");

  static final Property<TrustedProxies> HTTP_TRUSTED_PROXIES =
      of(
          "http.trusted-proxies",
          "addresses or networks with commas between, for example 10.1.0.0/16,fd00::/8",
          TrustedProxies::parse);

  static final Property<SealType> SEAL_TYPE = choice("seal.type", SealType.class).by("file");
  static final Property<String> SEAL_FILE =
      of("seal.file", "the path of the root key file", Property::nonBlank);
  static final Property<String> SEAL_PASSPHRASE_FILE =
      of(
          "seal.passphrase-file",
          "the path of a file whose first line is the passphrase",
          Property::nonBlank);

  static final Property<String> STORE_URL =
      of("store.url", "jdbc:postgresql://HOST[:PORT]/DATABASE", Property::nonBlank);
  static final Property<String> STORE_USER =
      of("store.user", "the name of a database user", Property::nonBlank);
  static final Property<String> STORE_PASSWORD_FILE =
      of(
          "store.password-file",
          "the path of a file whose first line is the database user's password",
          Property::nonBlank);
  static final Property<Integer> STORE_CONNECTIONS = whole("store.connections", 1, 1_000).by("10");
  static final Property<Duration> STORE_TIMEOUT =
      duration("store.timeout", SECOND, Duration.ofMinutes(5)).by("4s");

  static final Property<Boolean> STORE_NOTIFY = flag("store.notify").by("true");

  static final Property<String> HSM_LIBRARY =
      of("hsm.library", "the path of a PKCS#11 module", Property::nonBlank);
  static final Property<Integer> HSM_SLOT = whole("hsm.slot", 0, 65_535).by("0");
  static final Property<String> HSM_PIN_FILE =
      of(
          "hsm.pin-file",
          "the path of a file whose first line is the token's PIN",
          Property::nonBlank);
  static final Property<String> HSM_CLUSTER =
      of(
              "hsm.cluster",
              "1 to 64 letters, digits and -",
              text -> matching(text, "[a-zA-Z0-9-]{1,64}"))
          .by("hsm");

  static final Property<Integer> QUOTAS_CMKS = whole("quotas.cmks", 0, 100_000_000).by("100000");
  static final Property<Integer> QUOTAS_GRANTS_PER_CMK =
      whole("quotas.grants-per-cmk", 0, 1_000_000).by("100");

  static final Property<Integer> LIMITS_CONNECTIONS = whole("limits.connections", 1, 1_000_000);
  static final Property<Integer> LIMITS_RATE_CRYPTO =
      whole("limits.rate-crypto", 0, 1_000_000).by("0");
  static final Property<Integer> LIMITS_RATE_MANAGEMENT =
      whole("limits.rate-management", 0, 1_000_000).by("0");
  static final Property<Integer> LIMITS_RATE_CRYPTO_USER =
      whole("limits.rate-crypto-user", 0, 1_000_000).by("0");
  static final Property<Integer> LIMITS_RATE_MANAGEMENT_USER =
      whole("limits.rate-management-user", 0, 1_000_000).by("0");
  static final Property<Duration> LIMITS_HEAD_TIME =
      duration("limits.head-time", SECOND, DAY).by("10s");
  static final Property<Duration> LIMITS_IDLE_TIME =
      duration("limits.idle-time", SECOND, DAY).by("6m");
  static final Property<Duration> LIMITS_WRITE_TIME =
      duration("limits.write-time", SECOND, DAY).by("10s");

  static final Property<Boolean> AUDIT_ENABLED = flag("audit.enabled").by("true");
  static final Property<String> AUDIT_DIR =
      of("audit.dir", "the path of a folder", Property::nonBlank);
  static final Property<AuditSync> AUDIT_SYNC = choice("audit.sync", AuditSync.class).by("group");

  static final Property<Boolean> IAM_REQUIRE_SIGNED_HOST =
      flag("iam.require-signed-host").by("false");
  static final Property<List<String>> IAM_HOSTS =
      of(
          "iam.hosts",
          "HOST or HOST:PORT, and more after commas, for example kms.example.com,10.1.0.7:8420",
          Property::hosts);

  static final Property<String> LIST_KEYS_DEFAULT_SPEC =
      of("list-keys.default-spec", "AES_256 or ALL", text -> matching(text, "AES_256|ALL"))
          .by("AES_256");

  static final Property<Boolean> LEVEL4_ENABLED = flag("level4.enabled").by("false");

  static final Property<String> REPLICATION_SECRET_FILE =
      of(
          "replication.secret-file",
          "the path of a file with 32 bytes in hexadecimal or Base64",
          Property::nonBlank);
  static final Property<SortedMap<String, URI>> REPLICATION_PEERS =
      of(
          "replication.peers",
          "REGION=URL, and more after commas, for example eu-2=https://kms.eu-2.example.com",
          Property::peers);
  static final Property<String> REPLICATION_CA_FILE =
      of("replication.ca-file", "the path of a PEM file with certificates", Property::nonBlank);
  static final Property<String> ANCHOR_FILE =
      of("anchor.file", "the path of a file", Property::nonBlank);
  static final Property<Config.Anchor.Policy> ANCHOR_POLICY =
      choice("anchor.policy", Config.Anchor.Policy.class).by("refuse");

  static final Property<Duration> STALENESS_MAX = duration("staleness.max", SECOND, DAY).by("5s");

  static final Property<Boolean> DEV_ENABLED = flag("dev.enabled").by("false");
  static final Property<Duration> DEV_CLOCK_OFFSET =
      duration("dev.clock-offset", Duration.ofDays(-36_500), Duration.ofDays(36_500)).by("PT0S");

  static final Property<Log.Level> LOG_LEVEL = choice("log.level", Log.Level.class).by("info");
  static final Property<Log.Format> LOG_FORMAT = choice("log.format", Log.Format.class).by("text");

  static final Property<Duration> SHUTDOWN_GRACE =
      duration("shutdown-grace", Duration.ZERO, DAY).by("10s");

  static final List<Property<?>> ALL =
      List.of(
          LISTEN,
          DATA,
          REGION,
          ENDPOINT,
          TLS_MODE,
          TLS_CERT,
          TLS_KEY,
          INSECURE_HTTP,
          HTTP_TRUSTED_PROXIES,
          SEAL_TYPE,
          SEAL_FILE,
          SEAL_PASSPHRASE_FILE,
          STORE_URL,
          STORE_USER,
          STORE_PASSWORD_FILE,
          STORE_CONNECTIONS,
          STORE_TIMEOUT,
          STORE_NOTIFY,
          HSM_LIBRARY,
          HSM_SLOT,
          HSM_PIN_FILE,
          HSM_CLUSTER,
          QUOTAS_CMKS,
          QUOTAS_GRANTS_PER_CMK,
          LIMITS_CONNECTIONS,
          LIMITS_HEAD_TIME,
          LIMITS_IDLE_TIME,
          LIMITS_WRITE_TIME,
          LIMITS_RATE_CRYPTO,
          LIMITS_RATE_MANAGEMENT,
          LIMITS_RATE_CRYPTO_USER,
          LIMITS_RATE_MANAGEMENT_USER,
          AUDIT_ENABLED,
          AUDIT_DIR,
          AUDIT_SYNC,
          IAM_REQUIRE_SIGNED_HOST,
          IAM_HOSTS,
          LIST_KEYS_DEFAULT_SPEC,
          LEVEL4_ENABLED,
          REPLICATION_SECRET_FILE,
          REPLICATION_PEERS,
          REPLICATION_CA_FILE,
          ANCHOR_FILE,
          ANCHOR_POLICY,
          STALENESS_MAX,
          DEV_ENABLED,
          DEV_CLOCK_OFFSET,
          LOG_LEVEL,
          LOG_FORMAT,
          SHUTDOWN_GRACE);

  enum TlsMode {
    AUTO,
    PEM,
    OFF
  }

  enum SealType {
    FILE,
    PASSPHRASE
  }

  /// `KEYHOLD_` and the name in capitals, with `_` for `.` and `-`.
  String environmentVariable() {
    return "KEYHOLD_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }

  private Property<T> by(String text) {
    return new Property<>(name, wanted, reader, Optional.of(text));
  }

  private static <T> Property<T> of(
      String name, String wanted, Function<String, Optional<T>> reader) {
    return new Property<>(name, wanted, reader, Optional.empty());
  }

  private static Property<Boolean> flag(String name) {
    return of(
        name,
        "true or false",
        text ->
            switch (text) {
              case "true" -> Optional.of(true);
              case "false" -> Optional.of(false);
              default -> Optional.empty();
            });
  }

  private static <E extends Enum<E>> Property<E> choice(String name, Class<E> type) {
    List<E> choices = List.of(type.getEnumConstants());
    return of(
        name,
        choices.stream().map(Property::spelling).collect(Collectors.joining(", ", "one of ", "")),
        text -> choices.stream().filter(each -> spelling(each).equals(text)).findFirst());
  }

  private static String spelling(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }

  private static Property<Integer> whole(String name, int least, int most) {
    return of(
        name,
        "a whole number from " + least + " to " + most,
        text -> Numbers.whole(text, least, most).map(Math::toIntExact));
  }

  private static Property<Duration> duration(String name, Duration least, Duration most) {
    return of(
        name,
        "a duration from " + least + " to " + most + ", for example 30s, 5m or PT1H30M",
        text ->
            Numbers.duration(text)
                .filter(it -> it.compareTo(least) >= 0 && it.compareTo(most) <= 0));
  }

  private static Optional<String> nonBlank(String text) {
    return Optional.of(text).filter(it -> !it.isBlank() && it.indexOf('\0') < 0);
  }

  private static Optional<String> matching(String text, String pattern) {
    return Optional.of(text).filter(it -> it.matches(pattern));
  }

  private static Optional<List<String>> hosts(String text) {
    List<String> hosts = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
    return Optional.of(hosts)
        .filter(all ->
            all.stream()
                .allMatch(
                    it -> Address.parse(it).isPresent() || Address.parse(it + ":443").isPresent()));
  }

  private static Optional<SortedMap<String, URI>> peers(String text) {
    var peers = new TreeMap<String, URI>();
    for (String peer : text.split(",", -1)) {
      int equals = peer.indexOf('=');
      Optional<URI> url =
          equals < 0 ? Optional.empty() : origin(peer.substring(equals + 1).strip());
      Optional<String> region =
          equals < 0 ? Optional.empty() : matching(peer.substring(0, equals).strip(), REGION_NAME);
      if (url.isEmpty() || region.isEmpty() || peers.put(region.get(), url.get()) != null) {
        return Optional.empty();
      }
    }
    return Optional.of(peers);
  }

  private static Optional<URI> origin(String text) {
    try {
      URI uri = new URI(text);
      boolean bare =
          Arrays.asList("http", "https").contains(uri.getScheme())
              && uri.getHost() != null
              && String.valueOf(uri.getRawPath()).isEmpty()
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && uri.getRawUserInfo() == null;
      return bare ? Optional.of(uri) : Optional.empty();
    } catch (URISyntaxException _) {
      return Optional.empty();
    }
  }
}
