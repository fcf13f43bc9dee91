package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/// What a released version has written, kept for ever in `src/test/resources/upgrade/VERSION`:
///
///     data/             the data folder, with root key, credentials and audit records
///     passphrase        of the root key
///     store.backup      a backup of it
///     samples.json      when it was made, and calls with what they must answer
///     migrations.txt    the migrations of that version, each with its SHA-256
///
/// [FixtureWriter] makes one.
record Fixture(Path folder) {
  static final Path ALL =
      Path.of(System.getProperty("keyhold.upgrade", "src/test/resources/upgrade")).toAbsolutePath();
  static final String PASSPHRASE_FILE = "passphrase";

  static List<Fixture> all() {
    try (Stream<Path> folders = Files.list(ALL)) {
      return folders.filter(Files::isDirectory).sorted().map(Fixture::new).toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Path backup() {
    return folder.resolve("store.backup");
  }

  JsonNode samples() throws IOException {
    return new ObjectMapper().readTree(folder.resolve("samples.json").toFile());
  }

  List<String> migrations() throws IOException {
    return Files.readAllLines(folder.resolve("migrations.txt"));
  }

  /// Copies the data folder, with the modes that a version control system does not keep.
  ///
  /// @param names what of it; all if there are none
  Path copyData(Path target, String... names) throws IOException {
    Path data = folder.resolve("data");
    var wanted = List.of(names);
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.toList()) {
        Path relative = data.relativize(file);
        boolean folderItself = relative.toString().isEmpty();
        if (folderItself || wanted.isEmpty() || wanted.contains(relative.toString())) {
          copy(file, target.resolve(relative));
        }
      }
    }
    copy(folder.resolve(PASSPHRASE_FILE), target.resolveSibling(passphraseName(target)));
    return target;
  }

  private static void copy(Path from, Path to) throws IOException {
    try {
      Files.copy(from, to);
    } catch (FileAlreadyExistsException e) {
      if (!Files.isDirectory(from)) {
        throw e;
      }
    }
    Files.setPosixFilePermissions(
        to, PosixFilePermissions.fromString(Files.isDirectory(to) ? "rwx------" : "rw-------"));
  }

  private static String passphraseName(Path data) {
    return data.getFileName() + "." + PASSPHRASE_FILE;
  }

  /// The properties that open a copy.
  static List<String> properties(Path data) {
    return List.of(
        "seal.type=passphrase",
        "seal.passphrase-file=" + data.resolveSibling(passphraseName(data)));
  }

  /// A server on a copy that takes it for the time at which the fixture was made, so that what was
  /// to happen later has not happened.
  ServerProcess server(Path data) throws IOException {
    return at(onto(ServerProcess.on(data), data));
  }

  ServerProcess at(ServerProcess server) throws IOException {
    Instant made = Instant.parse(samples().path("made").asText());
    return server.with("dev.clock-offset", Duration.between(Instant.now(), made).toString());
  }

  static ServerProcess onto(ServerProcess server, Path data) {
    properties(data)
        .forEach(property -> {
          int equals = property.indexOf('=');
          server.with(property.substring(0, equals), property.substring(equals + 1));
        });
    return server;
  }
}
