package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.iam.Name;
import dev.keyhold.tls.TlsMaterial;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.ParseException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class InitCommandTest {
  @TempDir private Path folder;
  private Path data = Path.of("");
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void name() {
    data = folder.resolve("data");
  }

  private int init(String... flags) {
    return init(new PrintStream(printed, true, StandardCharsets.UTF_8), flags);
  }

  private int init(PrintStream out, String... flags) {
    var command = new InitCommand(out);
    var arguments = new ArrayList<>(List.of("--data", data.toString()));
    arguments.addAll(List.of(flags));
    try {
      return command.run(
          new DefaultParser().parse(command.options(), arguments.toArray(String[]::new)));
    } catch (ParseException failure) {
      throw new AssertionError(failure);
    }
  }

  private Config config() {
    return ConfigLoader.load(Map.of("data", data.toString()), Optional.empty(), Map.of(), folder);
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void makesRootKeyAdministratorAndCertificateForTheOwnerOnly() throws IOException {
    assertThat(init("--output", "json", "--listen", "10.1.2.3:443")).isEqualTo(Main.OK);

    JsonNode told = new JsonMapper().readTree(printed.toString(StandardCharsets.UTF_8));
    assertThat(told.propertyNames())
        .containsExactly(
            "endpoint",
            "region",
            "domain_id",
            "domain_name",
            "project_id",
            "project_name",
            "user_name",
            "password",
            "access_key",
            "secret_key",
            "root_key_file",
            "certificate_file",
            "certificate_expires");
    assertThat(told.get("domain_name").stringValue()).isEqualTo("default");
    assertThat(told.get("project_name").stringValue()).isEqualTo("local-1");
    assertThat(told.get("user_name").stringValue()).isEqualTo("admin");
    for (String file : List.of("root.key", "keyhold.db", "tls/server.key", "tls/server.crt")) {
      assertThat(mode(data.resolve(file))).describedAs(file).isEqualTo("rw-------");
    }
    assertThat(mode(data)).isEqualTo("rwx------");
    assertThat(mode(data.resolve("tls"))).isEqualTo("rwx------");
    var certificate =
        TlsMaterial.load(
            data.resolve("tls/server.crt"), data.resolve("tls/server.key"), Instant.now());
    assertThat(certificate.chain().getFirst().toString())
        .contains("localhost", "127.0.0.1", "10.1.2.3");
    assertThat(told.get("certificate_expires").stringValue())
        .isEqualTo(certificate.expires().toString());
    try (Instance instance = Instance.open(config())) {
      assertThat(instance.iam().domain(new Name("default"))).isPresent();
    }
  }

  @Test
  void tellsTheSecretsAsText() {
    assertThat(init("--domain", "acme", "--user", "root", "--project", "eu")).isEqualTo(Main.OK);

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains(
            "never again",
            "ends on 20",
            "acme (",
            "eu (",
            "user        root",
            "keyhold server --data");
  }

  @Test
  void secondTimeChangesNothing() throws IOException {
    init();
    byte[] rootKey = Files.readAllBytes(data.resolve("root.key"));
    byte[] certificate = Files.readAllBytes(data.resolve("tls/server.crt"));
    printed.reset();

    assertThat(init()).isEqualTo(Main.FAILED);

    assertThat(printed.size()).isZero();
    assertThat(Files.readAllBytes(data.resolve("root.key"))).isEqualTo(rootKey);
    assertThat(Files.readAllBytes(data.resolve("tls/server.crt"))).isEqualTo(certificate);
  }

  @Test
  void secretsThatNobodyReadBelongToNobody() {
    var closed = new PrintStream(new ClosedPipe(), true, StandardCharsets.UTF_8);

    assertThatExceptionOfType(CommandFailed.class)
        .isThrownBy(() -> init(closed))
        .withMessageContaining("no administrator was made");

    assertThat(init()).isEqualTo(Main.OK);
  }

  @Test
  void serverRefusesToStartBefore() {
    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> Instance.open(config()))
        .withMessageContaining("keyhold init --data " + data);
    assertThat(data).doesNotExist();
  }

  @Test
  void rootKeyThatIsGoneIsNotReplaced() throws IOException {
    init();
    Files.delete(data.resolve("root.key"));

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(this::init)
        .withMessageContaining("root.key is missing");
    assertThat(data.resolve("root.key")).doesNotExist();
  }

  @Test
  void certificateIsRenewedAlone() throws IOException {
    init();
    byte[] rootKey = Files.readAllBytes(data.resolve("root.key"));
    byte[] certificate = Files.readAllBytes(data.resolve("tls/server.crt"));

    assertThat(init("--renew-certificate")).isEqualTo(Main.OK);

    assertThat(Files.readAllBytes(data.resolve("root.key"))).isEqualTo(rootKey);
    assertThat(Files.readAllBytes(data.resolve("tls/server.crt"))).isNotEqualTo(certificate);
    TlsMaterial.load(data.resolve("tls/server.crt"), data.resolve("tls/server.key"), Instant.now());
  }

  @Test
  void passphraseFileIsUsedAndMustBePrivate() throws IOException {
    Path passphrase = Files.writeString(folder.resolve("passphrase"), "correct horse\nrest");
    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-r-----"));
    String[] flags = {
      "--set", "seal.type=passphrase", "--set", "seal.passphrase-file=" + passphrase
    };

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> init(flags))
        .withMessageContaining("chmod 600");

    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
    assertThat(init(flags)).isEqualTo(Main.OK);
    assertThat(Files.readString(data.resolve("root.key"))).contains("argon2id");
  }

  @Test
  void wrongFlagsAreRefused() {
    for (String[] flags :
        List.of(
            new String[] {"--output", "xml"},
            new String[] {"--domain", "\t"},
            new String[] {"--set", "dev.enabled=true"})) {
      assertThatExceptionOfType(ConfigException.class).isThrownBy(() -> init(flags));
    }
    assertThat(data).doesNotExist();
  }

  private static final class ClosedPipe extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Broken pipe");
    }
  }
}
