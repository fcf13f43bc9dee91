package dev.keyhold.openapi;

import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A description as a client reads it: its operations and the schemas of their bodies.
final class Described {
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
  private final Map<String, Schema> schemas = new HashMap<>();
  private final JsonNode document;
  private final ObjectNode closed;

  Described(JsonNode document) {
    this.document = document;
    this.closed = (ObjectNode) document.deepCopy();
    close(closed);
  }

  /// @param node as in the description
  record Operation(String method, String path, JsonNode node) {
    String id() {
      return node.get("operationId").stringValue();
    }

    Optional<JsonNode> bodySchema() {
      return Optional.of(node.at("/requestBody/content/application~1json/schema"))
          .filter(schema -> !schema.isMissingNode());
    }

    List<JsonNode> parameters() {
      var all = new ArrayList<JsonNode>();
      node.path("parameters").forEach(all::add);
      return all;
    }

    @Override
    public String toString() {
      return method + " " + path;
    }
  }

  List<Operation> operations() {
    var all = new ArrayList<Operation>();
    for (var path : document.get("paths").properties()) {
      for (var method : path.getValue().properties()) {
        all.add(
            new Operation(
                method.getKey().toUpperCase(java.util.Locale.ROOT),
                path.getKey(),
                method.getValue()));
      }
    }
    return all;
  }

  JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? document.at(node.get("$ref").stringValue().substring(1)) : node;
  }

  /// The response that an operation declares for a status.
  Optional<JsonNode> response(Operation operation, int status) {
    return Optional.ofNullable(operation.node().get("responses").get(Integer.toString(status)))
        .map(this::resolve);
  }

  /// What is wrong with a request's body, by the description.
  List<String> faults(Operation operation, JsonNode body) {
    return faults(operation + " request", operation.bodySchema().orElseThrow(), document, body);
  }

  /// What is wrong with an answer's body. A member that is not described is wrong.
  List<String> faults(Operation operation, int status, JsonNode schema, JsonNode body) {
    return faults(operation + " " + status, closed(schema), closed, body);
  }

  private List<String> faults(String name, JsonNode schema, JsonNode around, JsonNode body) {
    return schemas.computeIfAbsent(name, _ -> compile(schema, around)).validate(body).stream()
        .map(error -> error.getInstanceLocation() + " " + error.getMessage())
        .toList();
  }

  private Schema compile(JsonNode schema, JsonNode around) {
    ObjectNode whole = JsonNodeFactory.instance.objectNode();
    whole.set("components", around.get("components"));
    whole.putArray("allOf").add(schema);
    return registry.getSchema(whole);
  }

  private static JsonNode closed(JsonNode schema) {
    JsonNode copy = schema.deepCopy();
    close(copy);
    return copy;
  }

  private static void close(JsonNode node) {
    if (node instanceof ObjectNode object
        && object.has("properties")
        && !object.has("additionalProperties")) {
      object.put("additionalProperties", false);
    }
    node.forEach(Described::close);
  }
}
