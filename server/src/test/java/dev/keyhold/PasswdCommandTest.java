package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.cli.Command;
import dev.keyhold.iam.Logins;
import dev.keyhold.iam.Password;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.DefaultParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class PasswdCommandTest {
  @TempDir private Path folder;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);

  private int run(Command command, String... flags) {
    printed.reset();
    var arguments = new ArrayList<>(List.of("--data", data().toString()));
    arguments.addAll(List.of(flags));
    try {
      return command.run(
          new DefaultParser().parse(command.options(), arguments.toArray(String[]::new)));
    } catch (RuntimeException refused) {
      throw refused;
    } catch (Exception failure) {
      throw new AssertionError(failure);
    }
  }

  private Path data() {
    return folder.resolve("data");
  }

  private String password() {
    JsonNode told = new JsonMapper().readTree(printed.toString(StandardCharsets.UTF_8));
    return told.get("password").stringValue();
  }

  private Config config() {
    return ConfigLoader.load(Map.of("data", data().toString()), Optional.empty(), Map.of(), folder);
  }

  private boolean opens(String password) {
    try (Instance instance = Instance.open(config());
        var given = new Password(password)) {
      var logins = new Logins(instance.iam(), instance.passwords(), System::nanoTime);
      return logins.check("default", "admin", given, "192.0.2.1").isPresent();
    }
  }

  @Test
  void newPasswordTakesThePlaceOfTheLostOne() {
    run(new InitCommand(out), "--output", "json");
    String lost = password();

    assertThat(run(new PasswdCommand(out), "--output", "json")).isEqualTo(Main.OK);

    String fresh = password();
    assertThat(fresh).isNotEqualTo(lost);
    assertThat(opens(fresh)).isTrue();
    assertThat(opens(lost)).isFalse();
  }

  @Test
  void textTellsThatAccessKeysStayValid() {
    run(new InitCommand(out), "--output", "json");

    assertThat(run(new PasswdCommand(out))).isEqualTo(Main.OK);

    assertThat(printed.toString(StandardCharsets.UTF_8))
        .contains("access keys stay valid", "password ")
        .contains("DELETE /v3.0/OS-CREDENTIAL");
  }

  @Test
  void unknownUserIsRefused() {
    run(new InitCommand(out), "--output", "json");

    assertThat(run(new PasswdCommand(out), "--user", "nobody")).isEqualTo(Main.FAILED);
    assertThat(printed.size()).isZero();
  }

  @Test
  void folderInUseIsRefused() {
    run(new InitCommand(out), "--output", "json");
    try (Instance running = Instance.open(config())) {
      assertThat(running.iam().isEmpty()).isFalse();
      assertThatExceptionOfType(StartRefused.class).isThrownBy(() -> run(new PasswdCommand(out)));
    }
  }
}
