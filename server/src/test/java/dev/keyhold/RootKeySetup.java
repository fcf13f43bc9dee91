package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.cli.Command;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.cli.DefaultParser;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A store with key-encryption keys in it, to give another root key to.
abstract class RootKeySetup {
  static final PrintStream NOBODY = new PrintStream(OutputStream.nullOutputStream());

  /// Of project key-encryption keys, each of which must come through.
  private static final int PROJECTS = 3;

  @TempDir Path folder;
  final List<ProjectId> projects = new ArrayList<>();
  private List<byte[]> before = List.of();
  String oldId = "";

  /// Where the store is, as properties.
  abstract Map<String, String> store(Path data);

  /// How its root key is kept, as properties.
  Map<String, String> seal() {
    return Map.of();
  }

  /// The folder of the node `name`: its root key and anchor are in it, its data below.
  final Path node(String name) {
    return folder.resolve(name);
  }

  final Path rootKey(String node) {
    return node(node).resolve("root.key");
  }

  final Path next(String node) {
    return node(node).resolve("root.key.new");
  }

  final Map<String, String> flags(String node) {
    var flags = new HashMap<>(store(node(node).resolve("data")));
    flags.putAll(seal());
    flags.put("data", node(node).resolve("data").toString());
    flags.put("seal.file", rootKey(node).toString());
    return flags;
  }

  final Config config(Map<String, String> flags) {
    return ConfigLoader.load(flags, Optional.empty(), Map.of(), folder);
  }

  final Config config(String node) {
    return config(flags(node));
  }

  static List<String> arguments(Map<String, String> flags, String... more) {
    var arguments = new ArrayList<String>();
    flags.forEach((name, value) ->
        arguments.addAll(
            name.equals("data") ? List.of("--data", value) : List.of("--set", name + "=" + value)));
    arguments.addAll(List.of(more));
    return arguments;
  }

  final void run(Command command, Map<String, String> flags, String... more) throws Exception {
    assertThat(
            command.run(
                new DefaultParser()
                    .parse(command.options(), arguments(flags, more).toArray(String[]::new))))
        .isZero();
  }

  final void replace(String node) throws Exception {
    run(new RootKeyCommand(NOBODY), flags(node), "replace");
  }

  final void verify(Map<String, String> flags) throws Exception {
    run(new StoreCommand(NOBODY), flags, "verify");
  }

  @BeforeEach
  void storeWithKeks() throws Exception {
    Files.createDirectories(node("a"));
    run(new InitCommand(NOBODY), flags("a"));
    for (int i = 0; i < PROJECTS; i++) {
      projects.add(ProjectId.random());
    }
    before = keks(config("a"));
    oldId = id(rootKey("a"));
  }

  /// What comes of each KEK, made if need be. Opens and closes the store as a server does.
  final List<byte[]> keks(Config config) {
    try (Instance instance = Instance.open(config)) {
      return Stream.concat(
              Stream.<KekScope>of(new KekScope.Instance()),
              projects.stream().map(KekScope.OfProject::new))
          .map(scope -> {
            try (KeyMaterial key = instance.keks().derive(scope, "probe", 32)) {
              return key.lend(byte[]::clone);
            }
          })
          .toList();
    }
  }

  final String id(Path file) {
    return RootKeys.with(
        config("a").rootKey(),
        opener -> {
          try (var seal = opener.open(file)) {
            return seal.id();
          }
        });
  }

  final Path kept(String node) {
    return node(node).resolve("root.key.old-" + oldId);
  }

  /// A start opens the store, and each KEK in it is the one that it was.
  final void assertOpens(Config config) {
    List<byte[]> now = keks(config);
    assertThat(now).usingElementComparator(Arrays::compare).isEqualTo(before);
  }

  /// The store is whole, its root key is another one in the old one's place, and the old one is
  /// kept.
  final void assertReplaced(String node) throws Exception {
    assertOpens(config(node));
    verify(flags(node));
    assertThat(id(rootKey(node))).isNotEqualTo(oldId);
    assertThat(id(kept(node))).isEqualTo(oldId);
    assertThat(next(node)).doesNotExist();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(rootKey(node))))
        .isEqualTo("rw-------");
  }

  final void killed(RootKeyReplacement.Step last, String node) throws Exception {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                KilledReplacement.class.getName(),
                last.name()));
    command.addAll(arguments(flags(node), "replace"));
    Path output = folder.resolve("killed.out");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
    assertThat(process.waitFor()).as(() -> text(output)).isEqualTo(KilledReplacement.KILLED);
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  /// The node has what the store does not open with any more, and its anchor under it.
  final void copyTo(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }
}
