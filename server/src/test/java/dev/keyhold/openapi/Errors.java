package dev.keyhold.openapi;

import static dev.keyhold.openapi.Schemas.object;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsError;
import dev.keyhold.http.Access;
import dev.keyhold.http.ErrorShape;
import dev.keyhold.http.Route;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The error answers, from the error tables.
final class Errors {
  private static final String REQUEST_ID = "4a6f2d0c8b1e4f7a9c3d5e6f70819203";

  /// Of any request, whatever is called.
  private static final List<Integer> OF_ALL = List.of(400, 408, 413, 414, 494, 500, 503);

  /// Told before it is known which route is meant, so in one shape.
  private static final Set<Integer> BEFORE_THE_ROUTE = Set.of(400, 408, 414, 494);

  private Errors() {}

  /// The statuses of the refusals that a row may answer.
  static Set<Integer> statuses(Route row) {
    var statuses = new TreeSet<>(OF_ALL);
    if (row.access() != Access.OPEN || row.errors() == ErrorShape.IDENTITY) {
      statuses.addAll(List.of(401, 403));
    }
    if (row.access() == Access.CALLER || row.errors() == ErrorShape.IDENTITY) {
      statuses.add(404);
    }
    return statuses;
  }

  /// `KmsError400`
  static String name(ErrorShape shape, int status) {
    return (shape == ErrorShape.KMS ? "KmsError" : "IdentityError") + status;
  }

  static ObjectNode responses() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    for (ErrorShape shape : ErrorShape.values()) {
      var statuses = new TreeSet<>(OF_ALL);
      statuses.addAll(List.of(401, 403, 404));
      statuses.forEach(status -> all.set(name(shape, status), response(shape, status)));
    }
    return all;
  }

  private static ObjectNode response(ErrorShape shape, int status) {
    List<? extends ApiError> errors =
        Stream.of(KmsError.values(), GatewayError.values(), IamError.values())
            .flatMap(Stream::of)
            .map(ApiError.class::cast)
            .filter(error -> error.status() == status)
            .filter(error -> shape == ErrorShape.IDENTITY || !(error instanceof IamError))
            .toList();
    var text = new StringBuilder("Refused.");
    ObjectNode examples = JsonNodeFactory.instance.objectNode();
    Set<String> schemas = new TreeSet<>();
    for (ApiError error : errors) {
      if (shape == ErrorShape.KMS) {
        text.append("\n- `").append(error.code()).append("` ").append(error.meaning());
      }
      schemas.add(shape == ErrorShape.IDENTITY ? "IdentityError" : schema(error));
      if (BEFORE_THE_ROUTE.contains(status)) {
        schemas.add("GatewayError");
      }
      if (!examples.has(kind(shape, error))) {
        examples.putObject(kind(shape, error)).set("value", example(shape, error));
      }
    }
    ObjectNode response = JsonNodeFactory.instance.objectNode();
    response.put("description", text.toString());
    ObjectNode headers = Document.headers(isBeforeTheRoute(status) ? ErrorShape.KMS : shape);
    if (status == 503) {
      headers.set("Retry-After", object("$ref", "#/components/headers/Retry-After"));
    }
    response.set("headers", headers);
    ObjectNode content = response.putObject("content").putObject("application/json");
    content.set("schema", oneOf(schemas));
    content.set("examples", examples);
    return response;
  }

  /// Some 503s are told then too, though in either shape.
  private static boolean isBeforeTheRoute(int status) {
    return BEFORE_THE_ROUTE.contains(status) || status == 503;
  }

  private static ObjectNode oneOf(Set<String> schemas) {
    List<ObjectNode> references =
        schemas.stream().map(name -> object("$ref", "#/components/schemas/" + name)).toList();
    if (references.size() == 1) {
      return references.getFirst();
    }
    ObjectNode either = JsonNodeFactory.instance.objectNode();
    either.putArray("oneOf").addAll(references);
    return either;
  }

  private static String schema(ApiError error) {
    return error instanceof KmsError ? "KmsError" : "GatewayError";
  }

  private static String kind(ErrorShape shape, ApiError error) {
    return (shape == ErrorShape.IDENTITY ? "identity" : schema(error)).toLowerCase(Locale.ROOT);
  }

  private static ObjectNode example(ErrorShape shape, ApiError error) {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    if (shape == ErrorShape.IDENTITY) {
      body.putObject("error")
          .put("code", error.status())
          .put("message", error.meaning())
          .put("title", error instanceof IamError iam ? iam.title() : "Error");
    } else if (error instanceof KmsError) {
      body.putObject("error").put("error_code", error.code()).put("error_msg", error.meaning());
    } else {
      body.put("error_msg", error.meaning())
          .put("error_code", error.code())
          .put("request_id", REQUEST_ID);
    }
    return body;
  }

  /// The three shapes of errors.
  static ObjectNode schemas() {
    ObjectNode all = JsonNodeFactory.instance.objectNode();
    ObjectNode kms = shape("An error of the KMS.", "error");
    kms.withObject("/properties").set("error", nested("error_code", "error_msg"));
    codes(kms.withObject("/properties/error/properties/error_code"), KmsError.values());
    all.set("KmsError", kms);

    ObjectNode gateway =
        shape("An error found before the KMS is asked.", "error_msg", "error_code", "request_id");
    ObjectNode members = gateway.withObject("/properties");
    members.set("error_msg", object("type", "string"));
    members.set("error_code", object("type", "string"));
    codes(members.withObject("/error_code"), GatewayError.values());
    members.set("request_id", object("type", "string").put("pattern", "^[0-9a-f]{32}$"));
    all.set("GatewayError", gateway);

    ObjectNode identity = shape("An error of the identity API, in Keystone's shape.", "error");
    ObjectNode error = nested("code", "message", "title");
    error.withObject("/properties").set("code", object("type", "integer"));
    identity.withObject("/properties").set("error", error);
    all.set("IdentityError", identity);
    return all;
  }

  private static void codes(ObjectNode schema, ApiError[] table) {
    var codes = schema.putArray("enum");
    Stream.of(table).map(ApiError::code).distinct().forEach(codes::add);
  }

  private static ObjectNode nested(String... members) {
    ObjectNode nested = shape("", members);
    nested.remove("description");
    for (String member : members) {
      nested.withObject("/properties").set(member, object("type", "string"));
    }
    return nested;
  }

  private static ObjectNode shape(String description, String... required) {
    ObjectNode shape = object("type", "object").put("description", description);
    var names = shape.putArray("required");
    Stream.of(required).forEach(names::add);
    shape.putObject("properties");
    return shape;
  }
}
