package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.huaweicloud.sdk.core.exception.SslHandShakeException;
import dev.keyhold.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server for real use: `keyhold init`, then `keyhold server` without `--dev`, and the official
/// SDK over TLS with the server's certificate as what it trusts.
class TlsTest {
  private static final String PASSWORD = "changeit";
  private static final FileAttribute<?> PRIVATE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

  @TempDir private static Path folder;

  private static Path data = Path.of("");
  private static JsonNode administrator;
  private static TrustAnchor anchor;
  private static ServerProcess server;

  private record Ended(int exitCode, String output) {}

  private static Ended run(String... arguments) throws IOException {
    Path output = KeyholdProcess.newOutput("tls");
    Process process = KeyholdProcess.spawn(output, Map.of(), List.of(arguments));
    return new Ended(KeyholdProcess.exitCode(process, output), Files.readString(output));
  }

  private static Ended serve(String... flags) throws IOException {
    var arguments = new ArrayList<>(List.of("server", "--data", data.toString()));
    arguments.addAll(List.of(flags));
    return run(arguments.toArray(String[]::new));
  }

  @BeforeAll
  static void initialise() throws Exception {
    data = folder.resolve("data");
    Ended early = serve("--listen", "127.0.0.1:" + TestPorts.free());
    assertThat(early.exitCode()).describedAs(early.output()).isEqualTo(3);
    assertThat(early.output()).contains("keyhold init").doesNotContain("\tat ");
    Ended init = run("init", "--data", data.toString(), "--output", "json");
    assertThat(init.exitCode()).describedAs(init.output()).isZero();
    administrator = new ObjectMapper().readTree(init.output());
    Ended again = run("init", "--data", data.toString(), "--output", "json");
    assertThat(again.exitCode()).describedAs(again.output()).isEqualTo(1);
    assertThat(again.output()).doesNotContain(administrator.path("secret_key").asText());
    anchor = TrustAnchor.in(Path.of(administrator.path("certificate_file").asText()));
    server = ServerProcess.on(data).inProduction(anchor);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Tenant tenant(ServerProcess of) {
    if (!of.isRunning()) {
      of.start();
    }
    return Tenant.of(((ObjectNode) administrator.deepCopy()).put("endpoint", of.endpoint()));
  }

  private static void wrapsAndUnwraps(Kms kms, String key) {
    String wrapped = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
    assertThat(kms.decrypt(key, wrapped).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
  }

  @Test
  void officialSdkWrapsAndUnwrapsADatakey() {
    Tenant tenant = tenant(server);
    assertThat(tenant.endpoint()).startsWith("https://");
    Kms kms = Kms.of(tenant, anchor.config());

    wrapsAndUnwraps(kms, kms.newKey());
    refused(
        401,
        "APIGW.0301",
        () -> Kms.of(tenant.withSecretKey("x".repeat(40)), anchor.config()).instances());
  }

  @Test
  void whoDoesNotTrustTheCertificateSendsNothing() {
    Tenant tenant = tenant(server);

    assertThatThrownBy(() -> Kms.of(tenant).instances()).isInstanceOf(SslHandShakeException.class);
  }

  @Test
  void plainHttpIsNotServed() {
    Tenant tenant = tenant(server);
    var plain = new Http("http://127.0.0.1:" + server.port(), tenant.projectId(), Map.of());

    assertThatThrownBy(() -> plain.get("/health/live")).isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void plainHttpIsForThoseWhoAskForItAndForLoopback() throws IOException {
    Ended unasked = serve("--set", "tls.mode=off", "--listen", "127.0.0.1:0");
    assertThat(unasked.exitCode()).describedAs(unasked.output()).isEqualTo(2);
    assertThat(unasked.output()).contains("insecure-http").doesNotContain("\tat ");
    Ended open = serve("--set", "tls.mode=off", "--insecure-http", "--listen", "0.0.0.0:0");
    assertThat(open.exitCode()).describedAs(open.output()).isEqualTo(2);
    assertThat(open.output()).contains("loopback").doesNotContain("\tat ");
  }

  @Test
  void restartedServerFindsItsKeysUnderTheSameAndUnderTheOperatorsCertificate() throws Exception {
    Kms kms = Kms.of(tenant(server), anchor.config());
    String key = kms.newKey();
    String wrapped = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
    assertThat(server.stop()).isZero();

    Kms restarted = Kms.of(tenant(server), anchor.config());
    assertThat(restarted.decrypt(key, wrapped).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
    assertThat(server.stop()).isZero();

    TrustAnchor authority = operatorsFiles();
    try (var pem =
        ServerProcess.on(data)
            .inProduction(authority)
            .with("tls.mode", "pem")
            .with("tls.cert", folder.resolve("chain.pem").toString())
            .with("tls.key", folder.resolve("server.key").toString())) {
      Kms underPem = Kms.of(tenant(pem), authority.config());
      assertThat(underPem.decrypt(key, wrapped).getDataKey()).isEqualToIgnoringCase(Deks.EXAMPLE);
      wrapsAndUnwraps(underPem, key);
      assertThatThrownBy(() -> Kms.of(tenant(pem), anchor.config()).instances())
          .isInstanceOf(SslHandShakeException.class);
      assertThat(pem.stop()).isZero();
    }
  }

  /// What an operator brings: `chain.pem` and `server.key`, signed by an intermediate that the
  /// clients' anchor has signed.
  private static TrustAnchor operatorsFiles() throws Exception {
    Path store = folder.resolve("operator.p12");
    keytool(store, "root", "CN=Root", "-ext", "bc:c");
    keytool(store, "middle", "CN=Middle", "-ext", "bc:c", "-signer", "root");
    keytool(
        store,
        "server",
        "CN=Keyhold",
        "-ext",
        "san=ip:127.0.0.1,dns:localhost",
        "-signer",
        "middle");
    KeyStore keys = KeyStore.getInstance(store.toFile(), PASSWORD.toCharArray());
    Files.writeString(
        folder.resolve("chain.pem"),
        pem("CERTIFICATE", keys.getCertificate("server"))
            + pem("CERTIFICATE", keys.getCertificate("middle")));
    Key key = keys.getKey("server", PASSWORD.toCharArray());
    Path keyFile = Files.createFile(folder.resolve("server.key"), PRIVATE);
    Files.writeString(keyFile, pem("PRIVATE KEY", key.getEncoded()));
    Path root = folder.resolve("root.pem");
    Files.writeString(root, pem("CERTIFICATE", keys.getCertificate("root")));
    return TrustAnchor.in(root);
  }

  private static void keytool(Path store, String alias, String subject, String... more)
      throws IOException, InterruptedException {
    var command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                    "-genkeypair",
                    "-J-XX:TieredStopAtLevel=1",
                    "-keystore",
                    store.toString(),
                    "-storepass",
                    PASSWORD,
                    "-keyalg",
                    "EC",
                    "-groupname",
                    "secp256r1",
                    "-alias",
                    alias,
                    "-dname",
                    subject),
                Stream.of(more))
            .toList();
    Path output = KeyholdProcess.newOutput("keytool");
    int exitCode =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start()
            .waitFor();
    assertThat(exitCode).describedAs(Files.readString(output)).isZero();
  }

  private static String pem(String kind, Certificate certificate) throws GeneralSecurityException {
    return pem(kind, certificate.getEncoded());
  }

  private static String pem(String kind, byte[] der) {
    return "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n"
        .formatted(kind, LINES.encodeToString(der));
  }
}
