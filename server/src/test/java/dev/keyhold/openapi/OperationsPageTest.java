package dev.keyhold.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

/// Holds the table of operations in docs/compatibility.md to openapi.json, which [OpenApiTest]
/// holds to the route table.
class OperationsPageTest {
  private static final Path PAGE = Path.of("..", "docs", "compatibility.md");
  private static final Path DESCRIPTION = Path.of("src", "main", "resources", "openapi.json");
  private static final int OPERATIONS = 76;
  private static final Pattern ROW =
      Pattern.compile("\\| (\\w+) \\| `(GET|POST|PUT|DELETE) ([^`]+)` \\| ([^|]*) \\|");

  /// How the routes spell what the page calls otherwise.
  private static final Map<String, String> SPELT =
      Map.of("kms/resource_instances/action", "kms/{resource_type}/action");

  /// Routes that are no operation of their own.
  private static final Map<String, String> BESIDE =
      Map.of(
          "DELETE /v1.0/{project_id}/kms/{key_id}/tags/action", "DeleteTag of a tag called action");

  private record Row(String name, String route, String state) {}

  @Test
  void everyOperationIsInTheTableOnceAndServedAsItSays() throws IOException {
    List<Row> rows =
        ROW.matcher(Files.readString(PAGE))
            .results()
            .map(
                row -> new Row(row.group(1), row.group(2) + " " + path(row.group(3)), row.group(4)))
            .toList();
    assertThat(rows.stream().map(Row::name)).doesNotHaveDuplicates().hasSize(OPERATIONS);

    var declared = new TreeMap<String, String>();
    rows.forEach(row -> assertThat(declared.put(row.route(), row.name())).as(row.route()).isNull());
    assertThat(rows.stream().map(Row::state)).allMatch(state -> state.matches("served|out.*"));
    var served = new TreeSet<>(BESIDE.keySet());
    rows.stream()
        .filter(row -> row.state().equals("served"))
        .forEach(row -> served.add(row.route()));
    assertThat(routes()).isEqualTo(served);
  }

  /// `…` stands for the first part of most paths.
  private static String path(String written) {
    String path = written.replace("…", "/v1.0/{project_id}");
    for (var spelt : SPELT.entrySet()) {
      path = path.replace(spelt.getKey(), spelt.getValue());
    }
    return path;
  }

  private static Set<String> routes() throws IOException {
    var routes = new TreeSet<String>();
    for (var path :
        new JsonMapper().readTree(Files.readString(DESCRIPTION)).get("paths").properties()) {
      if (path.getKey().equals("/") || path.getKey().matches("/v[12][./0].*|/v2/.*")) {
        path.getValue()
            .propertyNames()
            .forEach(method -> routes.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
      }
    }
    return routes;
  }
}
