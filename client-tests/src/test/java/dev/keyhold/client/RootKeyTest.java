package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.client.BackupTest.Ended;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold root-key replace`, as an operator runs it.
class RootKeyTest {
  /// Of each algorithm, and of each version of a key that has several.
  private static final int SAMPLES = 2;

  private static final int KILLS = Chaos.rounds(6);

  /// At so many of its writes, names and syncs.
  private static final int LOSSES = Chaos.measures() ? Integer.MAX_VALUE : 12;

  @TempDir private Path folder;

  private static Ended keyhold(Path data, String command, String... more) throws IOException {
    return BackupTest.keyhold(arguments(data, command, more).toArray(String[]::new));
  }

  private static List<String> arguments(Path data, String command, String... more) {
    var arguments = new ArrayList<>(List.of(command.split(" ")));
    arguments.addAll(List.of("--data", data.toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private static String[] at(String url) {
    return new String[] {"--set", "store.url=" + url, "--set", "store.user=" + TestPostgres.USER};
  }

  @Test
  void allThatCallersHaveIsGoodUnderAnotherRootKey() throws Exception {
    Path data = folder.resolve("data");
    try (var server = ServerProcess.on(data)) {
      server.start();
      JsonNode samples = Samples.make(server, SAMPLES);
      String token = Login.token(server.tenant());
      keyhold(data, "root-key replace").refused("Another Keyhold");
      assertThat(server.stop()).isZero();

      keyhold(data, "root-key replace").ok();
      keyhold(data, "store verify").ok();

      server.start();
      Samples.answerAsBefore(samples, server);
      Http.withToken(server.tenant(), token).kms("list-keys", Map.of()).ok();
      Kms.of(server.tenant()).newKey(); // with a request signature
      assertThat(server.output()).doesNotContain("ERROR");
      assertThat(server.stop()).isZero();
      keyhold(data, "store verify").ok();
    }
  }

  @Test
  void nodesOfASharedStoreTakeItOneAfterTheOther() throws Exception {
    try (var postgres = TestPostgres.start(false)) {
      String url = postgres.newDatabase();
      Path data = folder.resolve("a");
      try (var first = on(data, url);
          var second = on(folder.resolve("b"), url)) {
        first.start();
        JsonNode samples = Samples.make(first, SAMPLES);
        BackupTest.targetOf(data, second.data(), "root.key", "dev-credentials.json");
        second.start();
        assertThat(first.stop()).isZero();
        keyhold(data, "root-key replace", at(url)).refused("stop all nodes");
        second.kill();

        assertThat(keyhold(data, "root-key replace", at(url)).ok().output()).contains(".new");
        keyhold(data, "store verify", at(url)).ok();
        Process refused = second.launch();
        assertThat(refused.waitFor()).isEqualTo(3);
        assertThat(second.output()).contains("root key has been replaced", ".new behind its name");
        second.kill();

        Files.copy(
            data.resolve("root.key"),
            second.data().resolve("root.key.new"),
            StandardCopyOption.COPY_ATTRIBUTES);
        second.start();
        first.start();
        Samples.answerAsBefore(samples, first);
        Http.loggedIn(second.tenant()).kms("list-keys", Map.of()).ok();
        assertThat(second.data().resolve("root.key.new")).doesNotExist();
      }
    }
  }

  private static ServerProcess on(Path data, String url) {
    return ServerProcess.on(data).with("store.url", url).with("store.user", TestPostgres.USER);
  }

  /// A store with a key in it, stopped.
  private Path store() throws IOException {
    Path data = folder.resolve("store");
    try (var server = ServerProcess.on(data)) {
      server.start();
      Kms.of(server.tenant()).newKey();
      assertThat(server.stop()).isZero();
    }
    return data;
  }

  private Path copyOf(Path data, String name) throws IOException {
    Path copy = folder.resolve(name).resolve("data");
    Files.createDirectory(folder.resolve(name));
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(data.relativize(file)), StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
    return copy;
  }

  /// By what comes first: a start, or the command again.
  private static void opensByItself(Path data, boolean byTheCommand) throws IOException {
    byte[] before = Files.readAllBytes(data.resolve("root.key"));
    if (byTheCommand) {
      keyhold(data, "root-key replace").ok();
    } else {
      keyhold(data, "passwd", "--domain", "dev", "--user", "nobody").refused("no such user");
    }
    keyhold(data, "store verify").ok();
    // And whatever has happened, the one before is there for its backups.
    try (Stream<Path> files = Files.list(data)) {
      assertThat(files.filter(it -> it.getFileName().toString().startsWith("root.key")).toList())
          .anySatisfy(file -> assertThat(file).hasBinaryContent(before));
    }
    keyhold(data, "root-key replace").ok();
    keyhold(data, "store verify").ok();
  }

  @Test
  @Tag(Chaos.TAG)
  void killedAtAnyTimeTheStoreOpens() throws Exception {
    Path store = store();
    var random = new Random(11);
    for (int i = 0; i < KILLS; i++) {
      Path data = copyOf(store, "killed" + i);
      Process process =
          KeyholdProcess.spawn(
              KeyholdProcess.newOutput("root-key"), Map.of(), arguments(data, "root-key replace"));
      Path next = data.resolve("root.key.new");
      while (process.isAlive() && !Files.exists(next)) {
        ServerProcess.pause(Duration.ofMillis(1));
      }
      ServerProcess.pause(Duration.ofMillis(random.nextInt(60)));
      process.destroyForcibly().waitFor();
      opensByItself(data, i % 2 == 0);
    }
  }

  @Test
  @Tag(Chaos.TAG)
  void powerIsLostAtAnyWriteAndTheStoreOpens(@TempDir Path work) throws Exception {
    Path store = store();
    int entered = losing(store, work, Integer.MAX_VALUE);
    var steps = new TreeSet<Integer>();
    for (int i = 0; i < Math.min(LOSSES, entered); i++) {
      steps.add((int) ((long) i * entered / Math.min(LOSSES, entered)));
    }
    for (int step : steps) {
      losing(store, work, step);
    }
  }

  /// @return how many steps the command had
  private int losing(Path store, Path work, int step) throws Exception {
    Path data = copyOf(store, "lost" + step);
    PowerLoss power = Preloaded.required(PowerLoss.on(data, work));
    Path output = KeyholdProcess.newOutput("root-key");
    Process process =
        KeyholdProcess.spawn(output, power.environment(), arguments(data, "root-key replace"));
    assertThat(KeyholdProcess.exitCode(process, output))
        .describedAs(KeyholdProcess.text(output))
        .isZero();
    int entered = power.entered();
    power.undoFrom(step);
    opensByItself(data, step % 2 == 0);
    return entered;
  }
}
