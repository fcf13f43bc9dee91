package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The commands of docs/import.md do what the page says: it is run from top to bottom.
class ImportPageTest {
  private static final Pattern BLOCK = Pattern.compile("```sh\n(.*?)```", Pattern.DOTALL);
  private static final int BLOCKS = 5;
  private static final long PATIENCE_SECONDS = 120;

  @TempDir Path folder;

  @Test
  void everyCommandOfThePageWorks() throws Exception {
    for (String tool : List.of("openssl version", "curl --version", "jq --version")) {
      assumeTrue(works(tool), "SKIPPED: this does not work here: " + tool);
    }
    List<String> blocks =
        BLOCK.matcher(Files.readString(page())).results().map(block -> block.group(1)).toList();
    assertThat(blocks).hasSize(BLOCKS);
    Path script = folder.resolve("page.sh");
    Files.writeString(
        script, blocks.stream().collect(Collectors.joining("\n", "set -euo pipefail\n", "")));

    var builder = bash(script.toString());
    Tenant tenant = SharedServer.tenant();
    builder.environment().put("KEYHOLD", tenant.endpoint());
    builder.environment().put("PROJECT", tenant.projectId());
    builder.environment().put("TOKEN", Login.token(tenant));
    Process bash = builder.start();

    assertThat(bash.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)).isTrue();
    String output = new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(bash.exitValue()).describedAs(output).isZero();
  }

  private boolean works(String command) throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve("tool.sh"), command + "\n");
    return bash(script.toString()).start().waitFor() == 0;
  }

  private ProcessBuilder bash(String script) {
    return new ProcessBuilder("bash", script).directory(folder.toFile()).redirectErrorStream(true);
  }

  private static Path page() {
    Path here = Path.of("").toAbsolutePath();
    while (!Files.exists(here.resolve("docs/import.md"))) {
      here = here.getParent();
    }
    return here.resolve("docs/import.md");
  }
}
