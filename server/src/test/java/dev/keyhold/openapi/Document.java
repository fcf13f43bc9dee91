package dev.keyhold.openapi;

import static dev.keyhold.openapi.Schemas.object;

import dev.keyhold.http.Access;
import dev.keyhold.http.Contract;
import dev.keyhold.http.ErrorShape;
import dev.keyhold.http.Route;
import dev.keyhold.http.RouteTable;
import dev.keyhold.openapi.Schemas.Member;
import dev.keyhold.openapi.Schemas.Side;
import java.lang.reflect.Type;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes the OpenAPI 3.1 description of a route table, from its rows, the records that they name,
/// and the error tables.
final class Document {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String BODY = "body";
  private static final Pattern KMS_PREFIX = Pattern.compile("/v[0-9.]+/\\{project_id}/(kms/)?");
  private static final String ABOUT =
      """
      A key management service that speaks the Huawei Cloud DEW KMS API v1.0.

      Members that are not required may be absent, null, or, as strings, empty: all say the same. \
      Unknown members are ignored. Numbers of requests may be JSON numbers or strings.\
      """;

  private final RouteTable table;
  private final Schemas schemas = new Schemas();
  private final Map<String, String> families = new TreeMap<>();

  private Document(RouteTable table) {
    this.table = table;
  }

  static ObjectNode of(RouteTable table) {
    return new Document(table).build();
  }

  private ObjectNode build() {
    ObjectNode paths = JSON.objectNode();
    for (Route row : table.rows()) {
      ObjectNode path = paths.withObjectProperty(row.template());
      path.set(row.method().toLowerCase(Locale.ROOT), operation(row));
    }
    ObjectNode document = JSON.objectNode();
    document.put("openapi", "3.1.0");
    document
        .putObject("info")
        .put("title", "Keyhold")
        .put("version", "1.0")
        .put("description", ABOUT);
    document.putArray("servers").addObject().put("url", "/");
    ArrayNode tags = document.putArray("tags");
    families.forEach((name, text) -> tags.addObject().put("name", name).put("description", text));
    document.set("paths", paths);
    ObjectNode components = document.putObject("components");
    ObjectNode all = components.putObject("schemas");
    all.setAll(Errors.schemas());
    all.setAll(schemas.components());
    components.set("responses", Errors.responses());
    components.set("headers", headerComponents());
    components.set("securitySchemes", securitySchemes());
    return document;
  }

  private ObjectNode operation(Route row) {
    Contract contract = row.endpoint().contract();
    if (contract.statuses().isEmpty()) {
      throw new IllegalStateException(
          row + " does not tell what it takes and answers: make it with Endpoints.");
    }
    ObjectNode operation = JSON.objectNode();
    operation.put("operationId", operationId(row));
    operation.putArray("tags").add(family(contract, row));
    ArrayNode parameters = JSON.arrayNode();
    List<String> inPath = parameters(row.template());
    inPath.forEach(name -> parameters.add(parameter("path", name, true, schema(contract, name))));
    List<Member> others =
        contract.parts().map(Schemas::members).orElse(List.of()).stream()
            .filter(member -> !inPath.contains(member.name()) && !member.name().equals(BODY))
            .toList();
    if (row.method().equals("GET")) {
      others.forEach(member ->
          parameters.add(
              parameter(
                  "query", member.name(), member.required(), schema(contract, member.name()))));
    }
    contract.query().forEach(name -> parameters.add(parameter("query", name, false, plain(name))));
    contract
        .headers()
        .forEach(name -> parameters.add(parameter("header", name, false, plain(name))));
    if (!parameters.isEmpty()) {
      operation.set("parameters", parameters);
    }
    body(contract).ifPresent(type -> operation.set("requestBody", body(row, type)));
    operation.set("responses", responses(row, contract));
    ArrayNode security = operation.putArray("security");
    if (row.access() != Access.OPEN) {
      security.addObject().putArray("token");
      security.addObject().putArray("signature");
    }
    return operation;
  }

  /// Of a part of the request by its name, or of a parameter that is in no record.
  private ObjectNode schema(Contract contract, String name) {
    return part(contract, name)
        .map(member -> schemas.of(contract.parts().orElseThrow(), member, Side.REQUEST))
        .orElseGet(() -> plain(name));
  }

  private static Optional<Member> part(Contract contract, String name) {
    return contract.parts().stream()
        .flatMap(record -> Schemas.members(record).stream())
        .filter(member -> member.name().equals(name))
        .findFirst();
  }

  private static ObjectNode plain(String name) {
    ObjectNode schema = object("type", "string");
    Facts.find(Facts.OF_REQUESTS, "", name).ifPresent(schema::setAll);
    return schema;
  }

  private static Optional<Type> body(Contract contract) {
    return contract.body().<Type>map(type -> type).or(() -> part(contract, BODY).map(Member::type));
  }

  private static ObjectNode parameter(
      String where, String name, boolean required, ObjectNode schema) {
    ObjectNode parameter = JSON.objectNode();
    parameter.put("name", name).put("in", where);
    if (required) {
      parameter.put("required", true);
    }
    Optional.ofNullable(schema.remove("description"))
        .ifPresent(text -> parameter.set("description", text));
    parameter.set("schema", schema);
    return parameter;
  }

  private ObjectNode body(Route row, Type type) {
    ObjectNode body = JSON.objectNode();
    body.put("description", "At most " + row.bodyLimitBytes() + " bytes.");
    body.put("required", true);
    body.putObject("content")
        .putObject("application/json")
        .set("schema", schemas.of(type, Side.REQUEST));
    return body;
  }

  private ObjectNode responses(Route row, Contract contract) {
    ObjectNode responses = JSON.objectNode();
    for (int status : contract.statuses()) {
      ObjectNode response = responses.putObject(Integer.toString(status));
      response.put("description", status < 300 ? "Done." : "Not now.");
      ObjectNode headers = headers(row.errors());
      contract
          .answerHeaders()
          .forEach(name -> headers.putObject(name).set("schema", object("type", "string")));
      response.set("headers", headers);
      if (contract.answer().isPresent() && !row.method().equals("HEAD")) {
        ObjectNode schema = schemas.of(contract.answer().get(), Side.ANSWER);
        response
            .putObject("content")
            .putObject("application/json")
            .set(
                "schema",
                contract.listed() ? object("type", "array").set("items", schema) : schema);
      }
    }
    for (int status : Errors.statuses(row)) {
      if (!responses.has(Integer.toString(status))) {
        responses.set(
            Integer.toString(status),
            object("$ref", "#/components/responses/" + Errors.name(row.errors(), status)));
      }
    }
    return responses;
  }

  /// The family of the operation, which is its file; its text becomes that of the tag.
  private String family(Contract contract, Route row) {
    if (row.errors() == ErrorShape.IDENTITY) {
      return family("Identity", "Tokens, and what a user can get one for. Errors look otherwise.");
    }
    return contract
        .body()
        .or(contract::parts)
        .or(contract::answer)
        .filter(record -> record.getPackageName().endsWith(".operation"))
        .map(Docs::outermost)
        .map(file -> family(file.getSimpleName(), Docs.of(file).text()))
        .orElseGet(() -> family("Server", "The server itself."));
  }

  private String family(String name, String text) {
    families.put(name, text);
    return name;
  }

  /// `createKey`; with the method in front where the path has several.
  private String operationId(Route row) {
    String path = KMS_PREFIX.matcher(row.template()).replaceFirst("");
    String method = row.method().toLowerCase(Locale.ROOT);
    boolean alone =
        table.rows().stream().filter(other -> other.template().equals(row.template())).count() == 1
            && !path.equals("/");
    var name = new StringBuilder(alone ? "" : method);
    for (String word : path.split("[^A-Za-z0-9]+", -1)) {
      name.append(name.isEmpty() || word.isEmpty() ? word : capitalized(word));
    }
    return name.toString();
  }

  private static String capitalized(String word) {
    return word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1);
  }

  private static List<String> parameters(String template) {
    return Arrays.stream(template.split("/", -1))
        .filter(segment -> segment.startsWith("{"))
        .map(segment -> segment.substring(1, segment.length() - 1))
        .toList();
  }

  static ObjectNode headers(ErrorShape shape) {
    ObjectNode headers = JSON.objectNode();
    headers.set("X-Request-Id", object("$ref", "#/components/headers/X-Request-Id"));
    if (shape == ErrorShape.IDENTITY) {
      headers.set("X-IAM-Trace-Id", object("$ref", "#/components/headers/X-IAM-Trace-Id"));
    }
    return headers;
  }

  private static ObjectNode headerComponents() {
    ObjectNode headers = JSON.objectNode();
    headers
        .putObject("X-Request-Id")
        .put("description", "Names this call in the logs of the server.")
        .put("required", true)
        .set("schema", object("type", "string").put("pattern", "^[0-9a-f]{32}$"));
    headers
        .putObject("X-IAM-Trace-Id")
        .put("description", "The same as X-Request-Id.")
        .put("required", true)
        .set("schema", object("type", "string").put("pattern", "^[0-9a-f]{32}$"));
    headers
        .putObject("Retry-After")
        .put("description", "Seconds after which the call may be made again.")
        .put("required", true)
        .set("schema", object("type", "string").put("pattern", "^[1-9][0-9]*$"));
    return headers;
  }

  private static ObjectNode securitySchemes() {
    ObjectNode schemes = JSON.objectNode();
    schemes
        .putObject("token")
        .put("type", "apiKey")
        .put("in", "header")
        .put("name", "X-Auth-Token")
        .put("description", "The X-Subject-Token of `POST /v3/auth/tokens`.");
    schemes
        .putObject("signature")
        .put("type", "apiKey")
        .put("in", "header")
        .put("name", "Authorization")
        .put(
            "description",
            "`SDK-HMAC-SHA256 Access=..., SignedHeaders=..., Signature=...`, as the cloud's SDKs"
                + " sign.");
    return schemes;
  }
}
