package dev.keyhold.crypto;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The shared vector files: folder `shared/vectors`, here or above, or the system property
/// `keyhold.vectors`.
public final class Vectors {
  private Vectors() {}

  /// What a test does with a case: runs it, or has a reason why it is not ours to run.
  public enum Outcome {
    RAN,
    NOT_APPLICABLE
  }

  public interface Case {
    Outcome run(JsonNode group, JsonNode test) throws Exception;
  }

  public static JsonNode load(String path) {
    return new JsonMapper().readTree(requireFolder().resolve(path).toFile());
  }

  private static Path requireFolder() {
    Optional<Path> folder = folder();
    if (folder.isEmpty()) {
      assertThat(System.getenv("CI")).as("CI must have shared/vectors").isNotEqualTo("true");
    }
    assumeTrue(folder.isPresent(), "SKIPPED: no folder shared/vectors here or above");
    return folder.orElseThrow();
  }

  /// The names of all files, without their folders.
  static SortedSet<String> names() throws IOException {
    try (var files = Files.walk(requireFolder())) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".json"))
          .collect(Collectors.toCollection(TreeSet::new));
    }
  }

  /// Runs every case of a Wycheproof file, and fails unless exactly `notApplicable` of its declared
  /// number were left out.
  public static void wycheproof(String file, int notApplicable, Case one) throws Exception {
    JsonNode root = load("wycheproof/" + file);
    int ran = 0;
    int left = 0;
    for (JsonNode group : root.get("testGroups")) {
      for (JsonNode test : group.get("tests")) {
        try {
          switch (one.run(group, test)) {
            case RAN -> ran++;
            case NOT_APPLICABLE -> left++;
          }
        } catch (Exception | AssertionError e) {
          throw new AssertionError(file + " tcId " + test.get("tcId"), e);
        }
      }
    }
    assertThat(left).as("cases of %s left out", file).isEqualTo(notApplicable);
    assertThat(ran + left).as("cases of %s", file).isEqualTo(root.get("numberOfTests").asInt());
  }

  public static byte[] hex(JsonNode object, String member) {
    return HexFormat.of().parseHex(object.get(member).asString());
  }

  /// A file of our own, from the test resources.
  public static JsonNode resource(String name) {
    try (InputStream in = Vectors.class.getResourceAsStream("/vectors/" + name)) {
      return new JsonMapper().readTree(requireNonNull(in, name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static byte[] concatenated(byte[] first, byte[] second) {
    byte[] out = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, out, first.length, second.length);
    return out;
  }

  private static Optional<Path> folder() {
    String given = System.getProperty("keyhold.vectors");
    List<Path> bases =
        given != null
            ? List.of(Path.of(given))
            : above(Path.of("").toAbsolutePath()).stream()
                .map(base -> base.resolve("shared/vectors"))
                .toList();
    return bases.stream().filter(Files::isDirectory).findFirst();
  }

  private static List<Path> above(Path start) {
    var all = new ArrayList<Path>();
    for (Path at = start; at != null; at = at.getParent()) {
      all.add(at);
    }
    return all;
  }
}
