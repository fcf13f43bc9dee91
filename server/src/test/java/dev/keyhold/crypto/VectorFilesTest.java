package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/// No file of the shared vectors lies idle unnoticed. That each test runs all cases of its file is
/// for [Vectors#wycheproof] and the tests to count.
class VectorFilesTest {
  /// What is run by no test, each with the reason.
  private static final Map<String, String> OUT =
      Map.of(
          "aes_wrap_test.json", "AES-KW (RFC 3394) is not used: keys are wrapped with AES-KWP",
          "hkdf_sha512_test.json", "HKDF is used with SHA-256 alone",
          "json_web_signature_test.json", "there are no JSON Web Signatures: tokens are our own",
          "pbkdf2_hmacsha256_test.json", "PBKDF2 is not used: passwords go through Argon2id",
          "sm4_ccm_test.json", "CCM is not used: SM4 is used with GCM");

  @Test
  void everyFileIsRunOrSaidToBeOut() throws IOException {
    var idle = new TreeSet<String>();
    String sources = sources();
    for (String name : Vectors.names()) {
      // A row of a parameterized test goes on behind the name.
      boolean run = sources.contains("\"" + name) || sources.contains("/" + name + "\"");
      if (!run) {
        idle.add(name);
      }
    }
    assertThat(idle).isEqualTo(new TreeSet<>(OUT.keySet()));
  }

  private static String sources() throws IOException {
    var all = new StringBuilder();
    try (var files = Files.walk(Path.of("src", "test", "java"))) {
      for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
        if (!file.endsWith("VectorFilesTest.java")) {
          all.append(Files.readString(file));
        }
      }
    }
    return all.toString();
  }
}
