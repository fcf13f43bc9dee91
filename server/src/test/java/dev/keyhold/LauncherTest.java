package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The script `keyhold`, with a Java that only tells how it was called.
class LauncherTest {
  private static final String TELLING_JAVA =
      """
      #!/bin/sh
      for argument in "$@"; do
        case $argument in
        -XX:AOTCacheOutput=*) echo cache >"${argument#*=}"; echo training >>"$CALLS"; exit 0 ;;
        esac
      done
      printf '%s\\n' "java $*"
      umask
      ulimit -c
      """;

  private static final String TELLING_MAVEN =
      """
      #!/bin/sh
      here=$(dirname -- "$0")
      echo building >>"$CALLS"
      [ ! -e "$here/broken" ] || exit 1
      mkdir -p "$here/server/target"
      echo jar >"$here/server/target/keyhold.jar"
      """;

  @TempDir private Path temporary;
  private final Map<String, String> environment = new HashMap<>();
  private Path home = Path.of("");
  private Path calls = Path.of("");

  private record Ended(int exitCode, String output) {}

  @BeforeEach
  void installJava() throws IOException {
    home = Files.createDirectories(temporary.resolve("a folder/keyhold-1.0"));
    calls = temporary.resolve("calls");
    environment.put("CALLS", calls.toString());
    environment.put("KEYHOLD_JAVA_HOME", java("25.0.3", "jdk", true).toString());
  }

  private Path java(String version, String name, boolean withCompiler) throws IOException {
    Path java = Files.createDirectories(temporary.resolve(name + "/bin"));
    script(java.resolve("java"), TELLING_JAVA);
    if (withCompiler) {
      script(java.resolve("javac"), "#!/bin/sh\n");
    }
    Files.writeString(temporary.resolve(name + "/release"), "JAVA_VERSION=\"" + version + "\"\n");
    return temporary.resolve(name);
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private void install() throws IOException {
    Path root = Repository.root();
    Files.copy(root.resolve("keyhold"), home.resolve("keyhold"));
    Files.copy(root.resolve(".mvn/find-java.sh"), home.resolve("find-java.sh"));
    Files.writeString(home.resolve("keyhold.jar"), "jar");
  }

  private void checkOut() throws IOException {
    Path root = Repository.root();
    Files.createDirectories(home.resolve(".mvn"));
    Files.createDirectories(home.resolve("server/src/main/java"));
    Files.copy(root.resolve("keyhold"), home.resolve("keyhold"));
    Files.copy(root.resolve(".mvn/find-java.sh"), home.resolve(".mvn/find-java.sh"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("server/pom.xml"), "");
    Files.writeString(source(), "");
    script(home.resolve("mvnw"), TELLING_MAVEN);
    // Long ago, so that a later change is seen however coarse the file system's clock is.
    try (Stream<Path> all = Files.walk(home)) {
      for (Path each : all.toList()) {
        Files.setLastModifiedTime(each, FileTime.from(Instant.parse("2020-01-01T00:00:00Z")));
      }
    }
  }

  private Path source() {
    return home.resolve("server/src/main/java/Main.java");
  }

  private List<String> calls() throws IOException {
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  private Ended run(String... arguments) {
    return run(home, home.resolve("keyhold").toString(), arguments);
  }

  private Ended run(Path workingDirectory, String command, String... arguments) {
    var all = Stream.concat(Stream.of(command), Stream.of(arguments)).toList();
    var builder = new ProcessBuilder(all).directory(workingDirectory.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().put("HOME", temporary.toString());
    builder.environment().putAll(environment);
    try {
      Process process = builder.redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return new Ended(process.waitFor(), output);
    } catch (IOException | InterruptedException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void installedJarRunsGuarded() throws IOException {
    install();

    Ended ended = run("server", "--data", "my data");

    assertThat(ended.exitCode()).isZero();
    assertThat(ended.output())
        .contains(
            "-XX:+DisableAttachMechanism",
            "-XX:-HeapDumpOnOutOfMemoryError",
            "-XX:+ExitOnOutOfMemoryError",
            "--enable-native-access=ALL-UNNAMED",
            "-XX:+UseSerialGC",
            "-jar " + home + "/keyhold.jar server --data my data\n")
        .endsWith("0077\n0\n");
    assertThat(calls()).isEmpty();
  }

  @Test
  void worksFromElsewhereAndThroughLinks() throws IOException {
    install();
    Path link = Files.createSymbolicLink(temporary.resolve("k"), Path.of("l"));
    Files.createSymbolicLink(temporary.resolve("l"), home.resolve("keyhold"));

    assertThat(run(temporary, link.toString(), "version").output())
        .contains("-jar " + home + "/keyhold.jar version\n");

    environment.put("PATH", temporary + ":/usr/bin:/bin");
    assertThat(run(Path.of("/"), "sh", "-c", "k version").output())
        .contains("-jar " + home + "/keyhold.jar version\n");
  }

  @Test
  void optionsOfTheUserComeLast() throws IOException {
    install();
    environment.put("KEYHOLD_JAVA_OPTS", "-Xmx1g -XX:+UseG1GC");

    assertThat(run("server").output())
        .contains(" -Xmx1g -XX:+UseG1GC -jar ")
        .doesNotContain("UseSerialGC"); // two collectors would be refused
  }

  @Test
  void runtimeWithoutCompilerIsEnoughForABuiltJar() throws IOException {
    install();
    environment.put("KEYHOLD_JAVA_HOME", java("25", "jre", false).toString());

    assertThat(run("version").exitCode()).isZero();
  }

  @Test
  void anOlderJavaIsNotTaken() throws IOException {
    install();
    environment.put("JAVA_HOME", java("25.0.1", "jdk-25", true).toString());
    environment.put("KEYHOLD_JAVA_HOME", java("17.0.15", "jdk-17", true).toString());

    assertThat(run("version").exitCode()).isZero();

    environment.put("JAVA_HOME", environment.get("KEYHOLD_JAVA_HOME"));
    Ended ended = run("version");
    if (!ended.output().contains("jarfile")) { // a real Java 25 in one of the usual places: no jar
      assertThat(ended.exitCode()).isEqualTo(1);
      assertThat(ended.output()).contains("Java 25", "temurin-25-jdk", "JAVA_HOME");
    }
  }

  @Test
  void buildsAndTrainsOnceUntilSomethingChanges() throws IOException {
    checkOut();

    assertThat(run("version").exitCode()).isZero();
    assertThat(calls()).containsExactly("building", "training");

    assertThat(run("version").exitCode()).isZero();
    assertThat(calls()).hasSize(2);

    Files.setLastModifiedTime(source(), FileTime.from(Instant.now().plusSeconds(60))); // edited
    assertThat(run("version").exitCode()).isZero();
    assertThat(calls()).startsWith("building", "training", "building");
  }

  @Test
  void removedSourceIsAChange() throws IOException {
    checkOut();
    run("version");

    Files.delete(source());
    Files.setLastModifiedTime(source().getParent(), FileTime.from(Instant.now().plusSeconds(60)));
    run("version");

    assertThat(calls().subList(2, calls().size())).contains("building");
  }

  @Test
  void nothingIsBuiltWhenToldSo() throws IOException {
    checkOut();
    environment.put("KEYHOLD_BUILD", "never");

    Ended absent = run("version");
    assertThat(absent.exitCode()).isEqualTo(1);
    assertThat(absent.output()).contains("keyhold.jar");

    environment.remove("KEYHOLD_BUILD");
    run("version");
    environment.put("KEYHOLD_BUILD", "never");
    Files.setLastModifiedTime(source(), FileTime.from(Instant.now().plusSeconds(60)));
    assertThat(run("version").exitCode()).isZero();
    assertThat(calls()).containsExactly("building", "training");
  }

  @Test
  void failedBuildRunsNothing() throws IOException {
    checkOut();
    Files.writeString(home.resolve("broken"), "");

    Ended ended = run("version");

    assertThat(ended.exitCode()).isEqualTo(1);
    assertThat(ended.output()).contains("the build failed").doesNotContain("java ");
    Files.delete(home.resolve("broken"));
    assertThat(run("version").exitCode()).isZero();
    assertThat(calls()).containsExactly("building", "building", "training");
  }
}
