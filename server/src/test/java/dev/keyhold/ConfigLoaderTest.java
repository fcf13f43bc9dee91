package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.Config.Audit;
import dev.keyhold.Config.Limits;
import dev.keyhold.Config.Log;
import dev.keyhold.Config.Quotas;
import dev.keyhold.Config.RootKey;
import dev.keyhold.Config.Tls;
import dev.keyhold.audit.AuditSync;
import dev.keyhold.http.RateLimits.PerSecond;
import dev.keyhold.http.TrustedProxies;
import dev.keyhold.key.KeySpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest extends LoadedConfig {
  private Config withFile(String yaml) throws IOException {
    Files.writeString(folder.resolve("keyhold.yaml"), yaml);
    return load(Map.of(), Map.of());
  }

  private String refusalOfFile(String yaml) {
    return assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> withFile(yaml))
        .actual()
        .toString();
  }

  @Test
  void defaultsServeTlsOnLoopback() {
    Config config = withFlags();

    assertThat(config)
        .isEqualTo(
            new Config(
                new Address("127.0.0.1", 8420),
                folder.resolve("data"),
                "local-1",
                Optional.empty(),
                new Tls.Own(
                    folder.resolve("data/tls/server.crt"), folder.resolve("data/tls/server.key")),
                new RootKey.InFile(folder.resolve("data/root.key")),
                Optional.empty(),
                Optional.empty(),
                new Quotas(100_000, 100),
                new Limits(
                    Optional.empty(),
                    Duration.ofSeconds(10),
                    Duration.ofMinutes(6),
                    Duration.ofSeconds(10),
                    new PerSecond(0, 0),
                    new PerSecond(0, 0),
                    TrustedProxies.none()),
                new Audit(true, folder.resolve("data/audit"), AuditSync.GROUP),
                Optional.empty(),
                Optional.of(KeySpec.AES_256),
                false,
                Optional.empty(),
                new Config.Anchor(
                    folder.resolve("data/root.key.anchor"), false, Config.Anchor.Policy.REFUSE),
                Duration.ofSeconds(5),
                Optional.empty(),
                new Log(Log.Level.INFO, Log.Format.TEXT),
                Duration.ofSeconds(10),
                Optional.empty()));
  }

  @Test
  void listKeysListsOneSpecOrAll() {
    assertThat(withFlags("list-keys.default-spec", "ALL").listedByDefault()).isEmpty();
    assertThat(refusalOfFlags("list-keys.default-spec", "SM4"))
        .contains("list-keys.default-spec \"SM4\" (the command line) must be AES_256 or ALL.");
  }

  @Test
  void flagsWinOverEnvironmentOverFileOverDefaults() throws IOException {
    Files.writeString(
        folder.resolve("keyhold.yaml"),
        """
        region: of-file
        quotas:
          cmks: 1
          grants-per-cmk: 1
        """);

    Config config =
        load(
            Map.of("region", "of-flag"),
            Map.of("KEYHOLD_REGION", "of-environment", "KEYHOLD_QUOTAS_CMKS", "2"));

    assertThat(config.region()).isEqualTo("of-flag");
    assertThat(config.quotas()).isEqualTo(new Quotas(2, 1));
    assertThat(config.limits().connections()).isEmpty();
    assertThat(config.file()).contains(folder.resolve("keyhold.yaml"));
  }

  @Test
  void namedFileIsReadInsteadOfTheOneInTheWorkingDirectory() throws IOException {
    Files.writeString(folder.resolve("keyhold.yaml"), "region: here");
    Path other = Files.createDirectory(folder.resolve("etc")).resolve("other.yaml");
    Files.writeString(other, "region: there\ndata: store");

    Config byFlag = ConfigLoader.load(Map.of(), Optional.of(other), Map.of(), folder);
    Config byEnvironment = load(Map.of(), Map.of("KEYHOLD_CONFIG", other.toString()));

    assertThat(byFlag.region()).isEqualTo("there");
    assertThat(byEnvironment).isEqualTo(byFlag);
  }

  @Test
  void relativePathsInAFileStartFromItsFolder() throws IOException {
    Path file = Files.createDirectory(folder.resolve("etc")).resolve("keyhold.yaml");
    Files.writeString(file, "data: ../store\nseal: {file: root.key}");

    Config config = ConfigLoader.load(Map.of(), Optional.of(file), Map.of(), folder);

    assertThat(config.data()).isEqualTo(folder.resolve("store"));
    assertThat(config.rootKey().file()).isEqualTo(folder.resolve("etc/root.key"));
  }

  @Test
  void namedFileMustExist() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> load(Map.of(), Map.of("KEYHOLD_CONFIG", "nowhere.yaml")))
        .withMessageContaining("nowhere.yaml does not exist");
  }

  @Test
  void emptyFileChangesNothing() throws IOException {
    assertThat(withFile("# nothing\n").quotas()).isEqualTo(new Quotas(100_000, 100));
  }

  @Test
  void fileThatOthersMayChangeIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("keyhold.yaml"), "region: mine");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-rw-r--"));

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> load(Map.of(), Map.of()))
        .withMessageContaining("chmod go-w");
  }

  @ParameterizedTest
  @CsvSource({
    "'quota:\n  cmks: 1', line 1, quotas",
    "'quotas:\n  cmk: 1', line 2, quotas.cmks",
    "'region: a\nlisten-on: 1', line 2, listen",
    "'cmks: 1', line 1, quotas.cmks",
    "'tls:\n  mode: auto\n  certificate: x', line 3, tls.",
  })
  void unknownPropertyInTheFileIsNamedWithLineAndSuggestion(
      String yaml, String line, String suggestion) {
    String message = refusalOfFile(yaml);

    assertThat(message).contains("keyhold.yaml, " + line, "there is no property");
    if (!suggestion.endsWith(".")) {
      assertThat(message).contains("Did you mean " + suggestion + "?");
    }
  }

  @Test
  void unknownVariableIsNamedWithoutItsValue() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> load(Map.of(), Map.of("KEYHOLD_QUOTA_CMKS", "tell-nobody")))
        .withMessageContaining("KEYHOLD_QUOTA_CMKS")
        .withMessageContaining("Did you mean KEYHOLD_QUOTAS_CMKS?")
        .withMessageNotContaining("tell-nobody");
  }

  @Test
  void unknownFlagPropertyIsRefused() {
    assertThat(refusalOfFlags("quotas.cmk", "1")).contains("Did you mean quotas.cmks?");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "KEYHOLD_SERVICE_HOST",
        "KEYHOLD_SERVICE_PORT",
        "KEYHOLD_SERVICE_PORT_HTTPS",
        "KEYHOLD_PORT",
        "KEYHOLD_PORT_8420_TCP",
        "KEYHOLD_PORT_8420_TCP_ADDR",
        "KEYHOLD_JAVA_OPTS",
        "OTHER_QUOTA"
      })
  void whatContainersAndTheLauncherSetIsNoProperty(String variable) {
    assertThat(load(Map.of(), Map.of(variable, "tcp://10.0.0.1:8420"))).isNotNull();
  }

  @ParameterizedTest
  @CsvSource({
    "listen, 8420",
    "listen, localhost",
    "listen, localhost:65536",
    "listen, ::1:8420",
    "listen, a_b:1",
    "data, ''",
    "region, über",
    "region, ''",
    "endpoint, kms.example.com",
    "endpoint, https://kms.example.com/",
    "endpoint, ftp://kms.example.com",
    "endpoint, https://user@kms.example.com",
    "tls.mode, on",
    "insecure-http, yes",
    "seal.type, hsm",
    "store.connections, 0",
    "store.timeout, 0s",
    "quotas.cmks, -1",
    "quotas.cmks, 1e3",
    "quotas.cmks, ' 1'",
    "quotas.cmks, 100000001",
    "quotas.grants-per-cmk, many",
    "limits.connections, 0",
    "limits.rate-crypto, -1",
    "limits.rate-management, many",
    "limits.rate-management-user, -1",
    "http.trusted-proxies, proxy.example.com",
    "http.trusted-proxies, 10.0.0.0/40",
    "iam.hosts, https://kms.example.com",
    "iam.hosts, kms.example.com:x",
    "limits.head-time, 10",
    "limits.head-time, 0s",
    "limits.idle-time, forever",
    "limits.write-time, 2d",
    "dev.enabled, True",
    "dev.clock-offset, tomorrow",
    "log.level, loud",
    "log.format, xml",
    "shutdown-grace, -1s"
  })
  void badValueIsNamedWithWhatWouldBeRight(String property, String value) {
    assertThat(refusalOfFlags(property, value))
        .contains(": " + property + " \"" + value + "\" (the command line) must be ");
  }

  @Test
  void badValueInTheFileIsNamedWithItsLine() {
    assertThat(refusalOfFile("quotas:\n\n  cmks: lots"))
        .contains(": quotas.cmks \"lots\" (")
        .endsWith("keyhold.yaml, line 3) must be a whole number from 0 to 100000000.");
  }

  @Test
  void badValueInTheEnvironmentIsNamedWithItsVariable() {
    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> load(Map.of(), Map.of("KEYHOLD_LOG_LEVEL", "loud\u001b[2J")))
        .withMessageContaining("\"loud?[2J\" (environment variable KEYHOLD_LOG_LEVEL)")
        .withMessageContaining("one of error, warn, info, debug");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "quotas:\\n  cmks: |quotas.cmks has no value",
        "quotas:\\n  cmks: [1]|quotas.cmks must be one value",
        "quotas: 5|quotas must be a group",
        "- quotas|The file must be a group",
        "region: a\\nregion: b|region is set twice",
        "region: 'a|not valid YAML",
        "region: a\\n---\\nregion: b|not valid YAML",
        "a: &a [*a]|there is no property a",
        "seal: &a\\n  file: x\\n  <<: *a|there is no property seal.<<",
      })
  void malformedFileIsRefused(String yaml, String reason) {
    assertThat(refusalOfFile(yaml.replace("\\n", "\n"))).contains("keyhold.yaml", reason);
  }

  @Test
  void fileThatIsNotUtf8IsRefused() throws IOException {
    Files.write(folder.resolve("keyhold.yaml"), new byte[] {'#', (byte) 0xff});

    assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> load(Map.of(), Map.of()))
        .withMessageContaining("not UTF-8");
  }

  @Test
  void yaml12HasNoOtherSpellingsOfTrue() {
    assertThat(refusalOfFile("insecure-http: on")).contains("must be true or false");
  }

  @Test
  void exampleFileSaysTheDefaultsAndMentionsEveryProperty() throws IOException {
    Path example = Repository.root().resolve("keyhold.example.yaml");
    String text = Files.readString(example);
    Path copy = Files.writeString(folder.resolve("copy.yaml"), text);

    Map<String, Setting> settings = ConfigFile.read(copy);
    Map<String, Setting> all =
        ConfigFile.read(
            Files.writeString(
                folder.resolve("all.yaml"),
                Pattern.compile("^( *)# ([a-z-]+:( \\S+)?)$", Pattern.MULTILINE)
                    .matcher(text)
                    .replaceAll("$1$2")));

    assertThat(all.keySet())
        .containsExactlyElementsOf(Property.ALL.stream().map(Property::name).toList());
    for (Property<?> property : Property.ALL) {
      Optional<String> said = Optional.ofNullable(settings.get(property.name())).map(Setting::text);
      assertThat(said).describedAs(property.name()).isEqualTo(property.fallback());
    }
  }

  @Test
  void noPropertyIsASecret() {
    List<String> secretWords = List.of("password", "secret", "token", "passphrase");

    assertThat(Property.ALL)
        .extracting(Property::name)
        .noneMatch(
            name -> secretWords.stream().anyMatch(name::contains) && !name.endsWith("-file"));
  }
}
