package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The audit records of a data folder, as `keyhold audit` shows them.
final class AuditRecords {
  private static final ObjectMapper JSON = new ObjectMapper();

  private AuditRecords() {}

  /// `keyhold audit export`, beside whatever else uses the folder.
  static List<JsonNode> export(Path data, String... flags) {
    Path file = fresh("audit-export");
    var arguments = new ArrayList<>(List.of("audit", "export", "--data", data.toString()));
    arguments.addAll(List.of(flags));
    arguments.addAll(List.of("--output", file.toString()));
    String said = run(arguments);
    assertThat(said).isEmpty();
    return records(file);
  }

  /// How many segments an audit folder has.
  static long segments(Path folder) {
    try (var files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".log")).count();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<JsonNode> records(Path file) {
    try {
      var records = new ArrayList<JsonNode>();
      for (String line : Files.readAllLines(file)) {
        records.add(JSON.readTree(line));
      }
      return records;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Of all nodes: what they share, and the folder of each.
  static List<JsonNode> export(Cluster cluster) {
    Path file = fresh("audit-export");
    var arguments =
        new ArrayList<>(
            List.of(
                "audit",
                "export",
                "--data",
                cluster.node(0).data().toString(),
                "--output",
                file.toString(),
                "--set",
                "store.url=" + cluster.url(),
                "--set",
                "store.user=" + TestPostgres.USER));
    for (ServerProcess node : cluster.nodes()) {
      arguments.addAll(List.of("--segments", node.data().resolve("audit").toString()));
    }
    assertThat(run(arguments)).doesNotContain("not read");
    return records(file);
  }

  static Set<String> requestIds(List<JsonNode> records) {
    var ids = new HashSet<String>();
    records.forEach(record -> ids.add(record.path("request_id").asText()));
    return ids;
  }

  /// Those of `acknowledged` that are not in `recorded`. Asked of sets: an assertion compares each
  /// with each, which takes minutes when there are tens of thousands.
  static Set<String> missing(Collection<String> acknowledged, Set<String> recorded) {
    var missing = new HashSet<>(acknowledged);
    missing.removeIf(recorded::contains);
    return missing;
  }

  /// `keyhold audit search`.
  static List<String> search(Path data, String... flags) {
    var arguments = new ArrayList<>(List.of("audit", "search", "--data", data.toString()));
    arguments.addAll(List.of(flags));
    return run(arguments).lines().toList();
  }

  /// Not one that an earlier run has left.
  private static Path fresh(String name) {
    try {
      Path file = KeyholdProcess.newOutput(name);
      Files.deleteIfExists(file);
      return file;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static String run(List<String> arguments) {
    Path output = fresh("audit");
    Process process = KeyholdProcess.spawn(output, Map.of(), arguments);
    int exitCode = KeyholdProcess.exitCode(process, output);
    try {
      String said = Files.readString(output);
      assertThat(exitCode).describedAs(said).isZero();
      return said;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
