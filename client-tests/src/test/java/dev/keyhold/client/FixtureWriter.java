package dev.keyhold.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Writes the [Fixture] of a version, once for each release: CONTRIBUTING.md.
class FixtureWriter {
  static final Path MIGRATIONS =
      Path.of(
          System.getProperty("keyhold.migrations", "../server/src/main/resources/db/migration"));

  @Test
  @EnabledIfSystemProperty(named = "keyhold.fixture", matches = ".+")
  void write() throws Exception {
    Path folder = Fixture.ALL.resolve(System.getProperty("keyhold.fixture"));
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Path passphrase = folder.resolve(Fixture.PASSPHRASE_FILE);
    Files.writeString(passphrase, "the passphrase of a fixture\n");
    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
    Instant made;
    JsonNode samples;
    try (var server =
        ServerProcess.on(data)
            .with("seal.type", "passphrase")
            .with("seal.passphrase-file", passphrase.toAbsolutePath().toString())) {
      server.start();
      samples = Samples.make(server, 4);
      made = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      BackupTest.keyhold(
              "backup",
              "--data",
              data.toString(),
              "--output",
              folder.resolve("store.backup").toString(),
              "--set",
              "seal.type=passphrase",
              "--set",
              "seal.passphrase-file=" + passphrase.toAbsolutePath())
          .ok();
      server.stop();
    }
    ServerProcess.delete(data.resolve("backup"));
    Files.deleteIfExists(data.resolve("keyhold.lock"));
    var mapper = new ObjectMapper();
    ObjectNode all = mapper.createObjectNode().put("made", made.toString());
    all.set("samples", samples);
    mapper
        .writerWithDefaultPrettyPrinter()
        .writeValue(folder.resolve("samples.json").toFile(), all);
    Files.write(folder.resolve("migrations.txt"), migrations());
  }

  /// Each migration with its hash.
  static List<String> migrations() throws IOException, GeneralSecurityException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (Stream<Path> files = Files.list(MIGRATIONS)) {
      return files
          .sorted()
          .map(file -> {
            try {
              return HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(file)))
                  + " "
                  + file.getFileName();
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          })
          .toList();
    }
  }
}
