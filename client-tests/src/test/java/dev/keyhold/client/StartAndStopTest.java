package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.TestPorts;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What scripts rely on: README.md, "For scripts".
class StartAndStopTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir private Path folder;

  private record Ended(int exitCode, String output) {}

  /// Runs `keyhold` with arguments that should make it end by itself.
  private Ended run(String... arguments) throws IOException {
    Path output = KeyholdProcess.newOutput("refused");
    Process process = KeyholdProcess.spawn(output, Map.of(), List.of(arguments));
    int exitCode = KeyholdProcess.exitCode(process, output);
    return new Ended(exitCode, Files.readString(output));
  }

  private static void isRefusal(Ended ended) {
    assertThat(ended.exitCode()).describedAs(ended.output()).isNotZero();
    assertThat(ended.output()).doesNotContain("Exception", "\tat ");
  }

  @Test
  void whatIsInTheDataFolderIsForTheOwnerOnly() throws IOException {
    ServerProcess server = SharedServer.server();

    Path credentials = server.data().resolve("dev-credentials.json");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(credentials)))
        .isEqualTo("rw-------");
    Files.walkFileTree(server.data(), new OwnersOnly());
  }

  /// A running server makes files, renames them and deletes them.
  private static final class OwnersOnly extends SimpleFileVisitor<Path> {
    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      return visitFile(folder, attributes);
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      try {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
            .describedAs(file.toString())
            .endsWith("------");
      } catch (NoSuchFileException _) {
        return FileVisitResult.CONTINUE;
      }
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException failure) throws IOException {
      if (failure instanceof NoSuchFileException) {
        return FileVisitResult.CONTINUE;
      }
      throw failure;
    }
  }

  @Test
  void credentialsAreOfTwoTenantsThatShareNothing() {
    Tenant tenant = SharedServer.tenant();
    Tenant other = SharedServer.otherTenant();

    assertThat(tenant.endpoint()).isEqualTo(SharedServer.server().endpoint());
    assertThat(other.endpoint()).isEqualTo(tenant.endpoint());
    assertThat(tenant.projectId()).matches("[0-9a-f]{32}").isNotEqualTo(other.projectId());
    assertThat(tenant.domainId()).matches("[0-9a-f]{32}").isNotEqualTo(other.domainId());
    assertThat(tenant.accessKey()).isNotEqualTo(other.accessKey());
    assertThat(tenant.password()).isNotEqualTo(other.password());
  }

  @Test
  void sigtermLetsRequestsFinishAndExitsWithZero() {
    try (var callers = Executors.newVirtualThreadPerTaskExecutor();
        var server = ServerProcess.on(folder)) { // with which the calls end
      server.start();
      Http http = Http.loggedIn(server.tenant());
      var stopping = new AtomicBoolean();
      // Each keeps creating keys until the server is gone. Every answer is whole: a 200, or a 503
      // that says to come back.
      List<Future<Created>> loops =
          IntStream.range(0, 4)
              .mapToObj(_ -> callers.submit(() -> createUntilRefused(http, stopping)))
              .toList();
      ServerProcess.await(
          PATIENCE,
          () ->
              Kms.patiently(() -> Kms.of(server.tenant()).instances()) >= 20
                  || loops.stream().anyMatch(Future::isDone));

      stopping.set(true);
      int exitCode = server.stop();

      int acknowledged = 0;
      int inDoubt = 0;
      for (var loop : loops) {
        acknowledged += await(loop).acknowledged();
        inDoubt += await(loop).inDoubt();
      }
      assertThat(exitCode).isZero();
      server.start();
      assertThat(Kms.patiently(() -> Kms.of(server.tenant()).instances()))
          .isBetween(acknowledged, acknowledged + inDoubt);
    }
  }

  /// @param inDoubt told 503 by a server that nobody stops, for want of something: they may be made
  private record Created(int acknowledged, int inDoubt) {}

  private static Created createUntilRefused(Http http, AtomicBoolean stopping) {
    int created = 0;
    int inDoubt = 0;
    while (true) {
      Http.Answer answer;
      try {
        answer = http.kms("create-key", Map.of("key_alias", Names.fresh()));
      } catch (UncheckedIOException _) {
        return new Created(created, inDoubt); // no connection any more
      }
      if (answer.status() == 200) {
        created++;
      } else {
        assertThat(answer.status()).isEqualTo(503);
        if (stopping.get()) {
          return new Created(created, inDoubt);
        }
        inDoubt++;
      }
    }
  }

  private static Created await(Future<Created> loop) {
    try {
      return loop.get();
    } catch (InterruptedException | ExecutionException failure) {
      throw new AssertionError(failure);
    }
  }

  @Test
  void withoutDevTheServerWantsToBeInitialised() throws IOException {
    Ended ended =
        run(
            "server",
            "--listen",
            "127.0.0.1:" + TestPorts.free(),
            "--data",
            folder.resolve("data").toString());

    isRefusal(ended);
    assertThat(ended.output()).contains("init");
  }

  @Test
  void unknownPropertyStopsTheStartWithASuggestion() throws IOException {
    Ended ended = run("server", "--dev", "--data", folder.toString(), "--set", "quotas.cmk=5");

    isRefusal(ended);
    assertThat(ended.output()).contains("quotas.cmk").contains("quotas.cmks");
  }

  @Test
  void plainHttpIsForLoopbackOnly() throws IOException {
    isRefusal(
        run(
            "server",
            "--dev",
            "--listen",
            "0.0.0.0:" + TestPorts.free(),
            "--data",
            folder.toString()));
  }

  @Test
  void takenPortIsRefused() throws IOException {
    isRefusal(
        run(
            "server",
            "--dev",
            "--listen",
            "127.0.0.1:" + SharedServer.server().port(),
            "--data",
            folder.toString()));
  }

  @Test
  void damagedRootKeyIsRefusedAndTheDatabaseLeftAlone() throws IOException {
    try (var server = ServerProcess.on(folder)) {
      server.start();
      String key = Kms.of(server.tenant()).newKey();
      server.stop();
      Path rootKey = rootKey(server.data());
      byte[] right = Files.readAllBytes(rootKey);
      Path database = server.data().resolve("keyhold.db");
      byte[] before = Files.readAllBytes(database);

      Files.write(rootKey, Files.readAllBytes(rootKey(SharedServer.server().data())));
      isRefusal(start(server.data()));
      Files.write(rootKey, Arrays.copyOf(right, right.length / 2));
      isRefusal(start(server.data()));
      Files.delete(rootKey);
      isRefusal(start(server.data()));
      assertThat(Files.readAllBytes(database)).isEqualTo(before);

      Files.write(rootKey, right);
      Files.setPosixFilePermissions(rootKey, PosixFilePermissions.fromString("rw-------"));
      server.start();
      Kms.of(server.tenant()).encrypt(key, Deks.EXAMPLE);
    }
  }

  @Test
  void dataThatAnotherServerUsesIsRefused() throws IOException {
    isRefusal(start(SharedServer.server().data()));

    SharedServer.kms().newKey(); // which does not mind
    assertThat(SharedServer.tenant().endpoint()).isEqualTo(SharedServer.server().endpoint());
  }

  private Ended start(Path data) throws IOException {
    return run(
        "server", "--dev", "--listen", "127.0.0.1:" + TestPorts.free(), "--data", data.toString());
  }

  private static Path rootKey(Path data) throws IOException {
    try (var files = Files.walk(data)) {
      return files
          .filter(file -> file.getFileName().toString().matches("root[.-]?key.*"))
          .findFirst()
          .orElseThrow(() -> new AssertionError("no root key in " + data));
    }
  }
}
