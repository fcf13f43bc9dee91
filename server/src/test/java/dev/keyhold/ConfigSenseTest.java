package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.Config.Dev;
import dev.keyhold.Config.RootKey;
import dev.keyhold.Config.Tls;
import dev.keyhold.store.PostgresSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What the properties mean together, and which contradict each other.
class ConfigSenseTest extends LoadedConfig {
  @Test
  void developmentIsPlainHttpOnLoopback() {
    assertThat(withFlags("dev.enabled", "true").tls()).isEqualTo(new Tls.Off());
    assertThat(withFlags("dev.enabled", "true", "listen", "localhost:1").tls())
        .isEqualTo(new Tls.Off());
    assertThat(refusalOfFlags("dev.enabled", "true", "listen", "0.0.0.0:8420"))
        .contains("loopback only", "0.0.0.0:8420");
    assertThat(refusalOfFlags("dev.enabled", "true", "listen", "kms.example.com:8420"))
        .contains("loopback only");
  }

  @Test
  void hostsAreThoseOfEndpointAndListenAndMore() {
    assertThat(withFlags().signedHosts()).isEmpty();
    assertThat(withFlags("iam.require-signed-host", "true").signedHosts()).contains(List.of());
    assertThat(
            withFlags(
                    "iam.require-signed-host",
                    "true",
                    "iam.hosts",
                    "kms.example.com, [fd00::7]:8420, 10.1.0.7")
                .signedHosts())
        .contains(List.of("kms.example.com", "[fd00::7]:8420", "10.1.0.7"));
    assertThat(refusalOfFlags("iam.hosts", "kms.example.com"))
        .contains("is used with iam.require-signed-host: true only");
  }

  @Test
  void developmentMayServeTlsAnywhere() {
    Config config =
        withFlags(
            "dev.enabled",
            "true",
            "listen",
            "[::]:443",
            "tls.mode",
            "pem",
            "tls.cert",
            "c.pem",
            "tls.key",
            "k.pem");

    assertThat(config.tls())
        .isEqualTo(new Tls.Pem(folder.resolve("c.pem"), folder.resolve("k.pem")));
  }

  @Test
  void plainHttpNeedsAnExplicitFlagAndLoopback() {
    assertThat(withFlags("insecure-http", "true").tls()).isEqualTo(new Tls.Off());
    assertThat(withFlags("insecure-http", "true", "tls.mode", "off").tls())
        .isEqualTo(new Tls.Off());
    assertThat(refusalOfFlags("tls.mode", "off")).contains("needs --insecure-http");
    assertThat(refusalOfFlags("insecure-http", "true", "listen", "192.168.0.1:80"))
        .contains("loopback only");
  }

  @Test
  void contradictionsAreRefused() {
    assertThat(refusalOfFlags("tls.cert", "c.pem")).contains("tls.mode: pem");
    assertThat(refusalOfFlags("tls.mode", "pem", "tls.cert", "c.pem"))
        .contains("tls.key is missing");
    assertThat(
            refusalOfFlags(
                "tls.mode", "pem", "tls.cert", "c", "tls.key", "k", "insecure-http", "true"))
        .contains("contradicts tls.mode: pem");
    assertThat(refusalOfFlags("seal.passphrase-file", "p")).contains("seal.type: passphrase");
    assertThat(refusalOfFlags("seal.type", "passphrase"))
        .contains("seal.passphrase-file is missing");
  }

  @Test
  void clockMovesInDevelopmentOnly() {
    Config config = withFlags("dev.enabled", "true", "dev.clock-offset", "P8D");

    assertThat(config.dev()).contains(new Dev(Duration.ofDays(8)));
    assertThat(Duration.between(Instant.now(), config.clock().instant()))
        .isBetween(Duration.ofDays(7), Duration.ofDays(9));
    assertThat(refusalOfFlags("dev.clock-offset", "P8D")).contains("with --dev only");
  }

  @Test
  void endpointIsWhatCallersUse() {
    assertThat(withFlags("dev.enabled", "true").endpoint(1)).isEqualTo("http://127.0.0.1:1");
    assertThat(withFlags("listen", "[::1]:0").endpoint(7)).isEqualTo("https://[::1]:7");
    assertThat(withFlags("listen", "0.0.0.0:443").endpoint(443)).isEqualTo("https://localhost:443");
    assertThat(withFlags("endpoint", "https://kms.example.com").endpoint(1))
        .isEqualTo("https://kms.example.com");
    assertThat(withFlags("endpoint", "https://kms.example.com").publicEndpoint())
        .contains(URI.create("https://kms.example.com"));
  }

  @Test
  void passphraseSealNamesItsFiles() {
    assertThat(
            withFlags("seal.type", "passphrase", "seal.passphrase-file", "/run/secret").rootKey())
        .isEqualTo(
            new RootKey.FromPassphrase(folder.resolve("data/root.key"), Path.of("/run/secret")));
  }

  @Test
  void sharedStoreIsWhereItsUrlSays() {
    String url = "jdbc:postgresql://db.example.com/keyhold?sslmode=verify-full";
    assertThat(withFlags("store.url", url, "store.user", "kh", "store.password-file", "pw"))
        .extracting(Config::sharedStore)
        .isEqualTo(
            Optional.of(
                new PostgresSettings(
                    url,
                    Optional.of("kh"),
                    Optional.of(folder.resolve("pw")),
                    10,
                    Duration.ofSeconds(4),
                    true)));
    assertThat(refusalOfFlags("store.user", "kh")).contains("with store.url only");
    assertThat(refusalOfFlags("store.password-file", "pw")).contains("with store.url only");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://localhost/keyhold",
        "jdbc:postgresql://127.0.0.1:5433/keyhold",
        "jdbc:postgresql://[::1]/keyhold",
        "jdbc:postgresql://db/keyhold?sslmode=verify-full&sslrootcert=/ca.pem",
        "jdbc:postgresql://db/keyhold?sslmode=require",
        "jdbc:postgresql://db/keyhold?ssl=true",
        "jdbc:postgresql://db/keyhold?sslmode=disable",
        "jdbc:postgresql://a,b:5433/keyhold?sslmode=verify-ca"
      })
  void databaseIsNearOrTheWayToItIsDecided(String url) {
    assertThat(withFlags("store.url", url).sharedStore()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://db/keyhold",
        "jdbc:postgresql://localhost,db/keyhold",
        "jdbc:postgresql://db/keyhold?sslmode=prefer",
        "jdbc:postgresql://db/keyhold?ssl=false"
      })
  void databaseFarAwayNeedsADecisionOnTls(String url) {
    assertThat(refusalOfFlags("store.url", url)).contains("sslmode=verify-full");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "postgresql://kh:hush@localhost/keyhold",
        "jdbc:postgresql://localhost/keyhold?user=kh&password=hush",
        "jdbc:postgresql://kh:hush@localhost/keyhold",
        "jdbc:mysql://localhost/keyhold?password=hush"
      })
  void urlsWithPasswordsAreRefusedAndNotRepeated(String url) {
    assertThat(refusalOfFlags("store.url", url)).contains("store.url").doesNotContain("hush");
  }

  @Test
  void otherRegionsNeedASecretAndUrlsThatNobodyListensTo() {
    String secret = "replication.secret-file";
    String peers = "replication.peers";
    Config config =
        withFlags(secret, "/run/secret", peers, "eu-2=https://kms.eu-2.example, x=http://[::1]:1");

    assertThat(config.replication())
        .contains(
            new Config.Replication(
                Path.of("/run/secret"),
                new TreeMap<>(
                    Map.of(
                        "eu-2",
                        URI.create("https://kms.eu-2.example"),
                        "x",
                        URI.create("http://[::1]:1"))),
                Optional.empty()));
    assertThat(refusalOfFlags(secret, "s")).contains("replication.peers is missing");
    assertThat(refusalOfFlags(peers, "a=https://b.example"))
        .contains("replication.secret-file is missing");
    assertThat(refusalOfFlags(secret, "s", peers, "a=http://b.example")).contains("https for a");
    assertThat(refusalOfFlags(secret, "s", peers, "local-1=https://b.example"))
        .contains("own region");
    for (String wrong : List.of("", "a", "a=b", "=https://b.example", "a=https://b,a=https://c")) {
      assertThat(refusalOfFlags(secret, "s", peers, wrong)).contains("must be REGION=URL");
    }
  }
}
