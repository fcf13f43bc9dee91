package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.iam.Passwords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class DevTenantsTest {
  private static final List<String> MEMBERS =
      List.of(
          "endpoint",
          "region",
          "domain_id",
          "domain_name",
          "project_id",
          "project_name",
          "user_name",
          "password",
          "access_key",
          "secret_key");

  @TempDir private Path folder;
  private Path data = Path.of("");
  private Path file = Path.of("");

  @BeforeEach
  void name() {
    data = folder.resolve("data");
    file = data.resolve("dev-credentials.json");
  }

  private DevCredentials start(String endpoint) {
    Config config =
        ConfigLoader.load(Map.of("dev.enabled", "true"), Optional.empty(), Map.of(), folder);
    var passwords = new Passwords(new SecureRandom());
    try (Instance instance = Instance.openOrCreate(config, passwords)) {
      return DevTenants.establish(
          instance, data, config.region(), endpoint, new PasswordsAhead(passwords));
    }
  }

  private JsonNode written() throws IOException {
    return new JsonMapper().readTree(Files.readString(file));
  }

  @Test
  void firstStartTellsTwoUnrelatedTenantsInAPrivateFile() throws IOException {
    DevCredentials made = start("http://127.0.0.1:1");

    assertThat(written().propertyNames()).containsExactlyElementsOf(with(MEMBERS, "other"));
    assertThat(written().get("other").propertyNames()).containsExactlyElementsOf(MEMBERS);
    assertThat(written().get("endpoint").stringValue()).isEqualTo("http://127.0.0.1:1");
    assertThat(written().at("/other/endpoint").stringValue()).isEqualTo("http://127.0.0.1:1");
    assertThat(written().get("secret_key").stringValue()).isEqualTo(made.tenant().secretKey());
    for (String member : List.of("domain_id", "domain_name", "project_id", "access_key")) {
      assertThat(written().at("/other/" + member)).isNotEqualTo(written().get(member));
    }
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(data)))
        .isEqualTo("rwx------");
  }

  @Test
  void laterStartsChangeTheEndpointOnly() {
    DevCredentials first = start("http://127.0.0.1:1");
    DevCredentials second = start("http://127.0.0.1:2");

    assertThat(second).isEqualTo(first.at("http://127.0.0.1:2"));
    assertThat(DevCredentials.read(data)).contains(second);
  }

  /// A crash after the file was written and before the tenants were.
  @Test
  void fileOfTenantsThatWereNeverMadeIsReplaced() throws IOException {
    DevCredentials lost = start("http://127.0.0.1:1");
    Files.delete(data.resolve("keyhold.db"));
    Files.delete(data.resolve("root.key.anchor")); // which no store is behind then either

    DevCredentials made = start("http://127.0.0.1:1");

    assertThat(made.tenant().domainId()).isNotEqualTo(lost.tenant().domainId());
    assertThat(DevCredentials.read(data)).contains(made);
  }

  @Test
  void missingFileIsNotReplacedByOtherTenants() throws IOException {
    start("http://127.0.0.1:1");
    Files.delete(file);

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> start("http://127.0.0.1:1"))
        .withMessageContaining("dev-credentials.json");
    assertThat(file).doesNotExist();
  }

  @Test
  void fileOfAnotherStoreIsRefused() throws IOException {
    start("http://127.0.0.1:1");
    String here = Files.readString(file);
    Files.writeString(file, here.replace(written().get("domain_id").stringValue(), "0".repeat(32)));

    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> start("http://127.0.0.1:1"))
        .withMessageContaining("dev-credentials.json");
  }

  @Test
  void damagedOrExposedFileIsRefused() throws IOException {
    start("http://127.0.0.1:1");
    String whole = Files.readString(file);
    for (String damaged :
        List.of("", "{", "[]", whole.replace("password", "passw0rd"), "{\"endpoint\":1}")) {
      Files.writeString(file, damaged);
      assertThatExceptionOfType(StartRefused.class)
          .isThrownBy(() -> start("http://127.0.0.1:1"))
          .withMessageContaining("is damaged");
    }
    Files.writeString(file, whole);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThatExceptionOfType(StartRefused.class)
        .isThrownBy(() -> start("http://127.0.0.1:1"))
        .withMessageContaining("chmod 600");
  }

  @Test
  void credentialsPrintNoSecret() {
    DevCredentials made = start("http://127.0.0.1:1");

    assertThat(made.toString())
        .doesNotContain(made.tenant().password())
        .doesNotContain(made.tenant().secretKey())
        .doesNotContain(made.other().secretKey());
  }

  private static List<String> with(List<String> names, String last) {
    return Stream.concat(names.stream(), Stream.of(last)).toList();
  }
}
