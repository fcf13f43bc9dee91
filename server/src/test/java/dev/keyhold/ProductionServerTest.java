package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.iam.Name;
import dev.keyhold.tls.TlsException;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server without `--dev`, on what `init` makes.
class ProductionServerTest {
  @TempDir private Path folder;

  private Config config() {
    return ConfigLoader.load(
        Map.of("listen", "127.0.0.1:0", "data", folder.resolve("data").toString()),
        Optional.empty(),
        Map.of(),
        folder);
  }

  private DevCredentials.Tenant initialise(Config config) {
    var told = new AtomicReference<Optional<DevCredentials.Tenant>>(Optional.empty());
    try (Instance instance = Instance.openOrCreate(config)) {
      TlsSetup.makeOwn((Config.Tls.Own) config.tls(), config);
      FirstTenant.make(
          instance,
          new Name("default"),
          new Name("local-1"),
          new Name("admin"),
          administrator -> told.set(Optional.of(administrator)));
    }
    return told.get().orElseThrow();
  }

  /// Trusts the server's own certificate and nothing else.
  private HttpClient client(String protocol) throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var file = Files.newInputStream(folder.resolve("data/tls/server.crt"))) {
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(trusted);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    return HttpClient.newBuilder()
        .sslContext(context)
        .sslParameters(new SSLParameters(null, new String[] {protocol}))
        .build();
  }

  @Test
  void administratorLogsInOverTls()
      throws GeneralSecurityException, IOException, InterruptedException {
    Config config = config();
    DevCredentials.Tenant administrator = initialise(config);
    Server server = Server.start(config);
    try {
      HttpRequest login =
          HttpRequest.newBuilder(
                  URI.create("https://localhost:" + server.port() + "/v3/auth/tokens"))
              .header("Content-Type", "application/json")
              .POST(
                  BodyPublishers.ofString(
                      """
                      {"auth": {"identity": {"methods": ["password"], "password": {"user": {
                        "name": "admin", "password": "%s", "domain": {"name": "default"}}}},
                        "scope": {"project": {"name": "local-1"}}}}
                      """
                          .formatted(administrator.password())))
              .build();
      for (String protocol : new String[] {"TLSv1.3", "TLSv1.2"}) {
        try (HttpClient client = client(protocol)) {
          HttpResponse<String> answer = client.send(login, BodyHandlers.ofString());

          assertThat(answer.statusCode()).isEqualTo(201);
          assertThat(answer.sslSession().orElseThrow().getProtocol()).isEqualTo(protocol);
          assertThat(answer.headers().firstValue("X-Subject-Token")).isPresent();
        }
      }
      try (HttpClient stranger = HttpClient.newHttpClient()) {
        assertThatExceptionOfType(SSLHandshakeException.class)
            .isThrownBy(() -> stranger.send(login, BodyHandlers.ofString()));
      }
    } finally {
      server.stop();
    }
  }

  @Test
  void privateKeyThatOthersMayReadIsRefused() throws IOException {
    Config config = config();
    initialise(config);
    Path key = folder.resolve("data/tls/server.key");
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString("rw-r--r--"));

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> Server.start(config))
        .withMessageContaining("chmod 600 " + key);
  }

  @Test
  void refusedStartGivesTheDataFolderBack() throws IOException {
    Config config = config();
    initialise(config);
    Path certificate = folder.resolve("data/tls/server.crt");
    Path aside = folder.resolve("data/tls/aside.crt");
    Files.move(certificate, aside);
    assertThatExceptionOfType(TlsException.class).isThrownBy(() -> Server.start(config));
    Files.move(aside, certificate);

    Server.start(config).stop();
  }
}
