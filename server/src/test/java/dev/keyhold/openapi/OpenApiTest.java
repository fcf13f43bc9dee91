package dev.keyhold.openapi;

import static org.assertj.core.api.Assertions.assertThat;

import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import dev.keyhold.http.RouteGuard;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class OpenApiTest {
  private static final Path FILE = Path.of("src", "main", "resources", "openapi.json");
  private static final String HOW =
      "./mvnw -q test -pl server -Dtest=OpenApiTest -Dopenapi.write=true";
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir static Path folder;
  private static DevServer server;

  @BeforeAll
  static void start() {
    server = new DevServer(folder);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  @Test
  void theDescriptionIsWhatTheRouteTableAndTheWireRecordsGive() throws IOException {
    String generated =
        JSON.writerWithDefaultPrettyPrinter()
                .writeValueAsString(Document.of(server.table()))
                .replace("\r\n", "\n")
            + "\n";
    if (Boolean.getBoolean("openapi.write")) {
      Files.writeString(FILE, generated);
      return;
    }
    assertThat(Files.readString(FILE).equals(generated))
        .as("openapi.json is not up to date. Run: " + HOW)
        .isTrue();
  }

  @Test
  void everySchemaIsAJsonSchema() {
    var metaschema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(
                com.networknt.schema.SchemaLocation.of(
                    SpecificationVersion.DRAFT_2020_12.getDialectId()));
    ObjectNode document = Document.of(server.table());
    for (var schema : document.at("/components/schemas").properties()) {
      assertThat(metaschema.validate(schema.getValue())).as(schema.getKey()).isEmpty();
    }
  }

  @Test
  void everyReferenceLeadsSomewhere() {
    ObjectNode document = Document.of(server.table());
    for (String reference : document.findValuesAsString("$ref")) {
      assertThat(document.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
  }

  @Test
  void everyOperationHasANameOfItsOwn() {
    JsonNode document = Document.of(server.table());
    var names = document.findValuesAsString("operationId");
    assertThat(names).hasSize(server.table().rows().size()).doesNotHaveDuplicates();
  }

  @Test
  void everyRowRefusesStrangersAndOversize() throws IOException {
    RouteGuard.assertEveryRowRefusesStrangersAndOversize(server.table(), server.port());
  }

  @Test
  void callsThatAskOtherRegionsHaveTheTimeForIt() {
    RouteGuard.assertCallsThatAskOtherRegionsHaveTheTimeForIt(server.table());
  }
}
