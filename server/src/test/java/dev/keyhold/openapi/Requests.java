package dev.keyhold.openapi;

import dev.keyhold.DevCredentials;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.openapi.Described.Operation;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes requests of the shape that the description declares, as far as possible of values that
/// mean something: from earlier answers, from the credentials, from the few entries below.
final class Requests {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Map<String, String> NO_KEY = Map.of();
  private static final String SCHEMAS = "#/components/schemas/";

  /// What an earlier call must be like to be of use: the kind of its key, or what was called.
  private static final Map<String, Map<String, String>> KEY_OF =
      Map.ofEntries(
          Map.entry("decryptDatakey", Map.of("call", "createDatakey")),
          Map.entry("decryptData", Map.of("call", "encryptData")),
          Map.entry("reEncrypt", Map.of("call", "encryptData")),
          Map.entry("verify", Map.of("call", "sign")),
          Map.entry("verifyMac", Map.of("call", "generateMac")),
          Map.entry("generateMac", Map.of("cmk.key_spec", "HMAC_256")),
          Map.entry("sign", Map.of("cmk.key_spec", "SECP256K1")),
          Map.entry("getPublickey", Map.of("cmk.key_usage", "KEY_AGREEMENT")),
          Map.entry("deriveSharedSecret", Map.of("cmk.key_usage", "KEY_AGREEMENT")),
          Map.entry("createEcDatakeyPair", Map.of("cmk.key_spec", "SM4")),
          Map.entry("createRsaDatakeyPair", Map.of("cmk.key_spec", "SM4")),
          Map.entry("enableKeyRotation", Map.of("cmk.key_spec", "SM4")),
          Map.entry("disableKeyRotation", Map.of("cmk.key_spec", "SM4")),
          Map.entry("updateKeyRotationInterval", Map.of("cmk.key_spec", "SM4")),
          Map.entry("cancelKeyDeletion", Map.of("key_state", "4")),
          Map.entry("enableKey", Map.of("key_state", "3")),
          Map.entry("getParametersForImport", Map.of("cmk.origin", "external")));

  private final Described described;
  private final Memory memory;
  private final Random random;
  private final DevCredentials.Tenant tenant;
  private final Map<String, JsonNode> known = new HashMap<>();
  private boolean careful;

  Requests(Described described, Memory memory, Random random, DevCredentials.Tenant tenant) {
    this.described = described;
    this.memory = memory;
    this.random = random;
    this.tenant = tenant;
    know("project_id", tenant.projectId());
    know("TokenRequest.UserPart.name", tenant.userName());
    know("TokenRequest.UserPart.password", tenant.password());
    know("TokenRequest.UserDomain.name", tenant.domainName());
    known.put(
        "TokenRequest.Auth.scope",
        JSON.objectNode().set("project", JSON.objectNode().put("id", tenant.projectId())));
    know("access_key", tenant.accessKey());
    know("realm", tenant.projectName());
    know("KeyLifecycle.CreateRequest.keystore_id", "0");
    know("vm_id", "");
    know("import_type", "EXISTING_KEY_MATERIAL");
    know("PinCreation.Request.keystore_id", "1");
    know("enterprise_project_id", "0");
    know("resource_type", "resource_instances");
    know("grantee_principal", tenant.domainId());
    know("grantee_principal_type", "domain");
    know("retiring_principal", tenant.domainId());
    know("operation", "describe-key");
    know("origin", "kms");
    know("message", "bWVzc2FnZQ==");
    know("message_type", "RAW");
    know("mac_algorithm", "HMAC_SHA_256");
    know("signing_algorithm", "ECDSA_SHA_256");
  }

  /// From now on nothing is chosen against better knowledge.
  void beCareful() {
    careful = true;
  }

  private boolean mostly(int outOf) {
    return careful || random.nextInt(outOf) > 0;
  }

  private void know(String member, String value) {
    known.put(member, JSON.stringNode(value));
  }

  ObjectNode body(Operation operation) {
    JsonNode schema = operation.bodySchema().orElseThrow();
    var wanted = new ArrayList<String>();
    described
        .resolve(schema)
        .path("required")
        .forEach(name -> wanted.add(singular(name.stringValue())));
    var key = mostly(4) ? KEY_OF.getOrDefault(operation.id(), Map.of()) : NO_KEY;
    var past = mostly(8) ? memory.recall(wanted, key, random) : Map.<String, JsonNode>of();
    var body = (ObjectNode) value(schema, "", "", past);
    if (schema.path("$ref").asString("").endsWith("DataKeys.EncryptRequest")) {
      wrapable(body);
    }
    return body;
  }

  /// A data key with its digest and length.
  private void wrapable(ObjectNode body) {
    byte[] datakey = new byte[1 + random.nextInt(64)];
    random.nextBytes(datakey);
    byte[] digest =
        (random.nextBoolean() ? Digest.SHA_256 : Digest.SM3).digest(datakey, 0, datakey.length);
    String hex =
        new String(Hex.upper(datakey), StandardCharsets.US_ASCII)
            + new String(Hex.upper(digest), StandardCharsets.US_ASCII);
    body.put("plain_text", hex).put("datakey_plain_length", datakey.length);
  }

  /// Values for the parameters of path and query, by name.
  Map<String, String> parameters(Operation operation) {
    var names = new ArrayList<String>();
    operation.parameters().forEach(it -> names.add(it.get("name").stringValue()));
    names.remove("project_id");
    // Keys have a keystore_id too, which is nobody's.
    var call = names.contains("keystore_id") ? Map.of("call", "postKeystores") : NO_KEY;
    var past = memory.recall(names, call, random);
    var values = new HashMap<String, String>();
    for (JsonNode parameter : operation.parameters()) {
      String name = parameter.get("name").stringValue();
      if (parameter.path("required").asBoolean(false) || random.nextInt(3) == 0) {
        values.put(name, value(parameter.get("schema"), "", name, past).asString("x"));
      }
    }
    return values;
  }

  /// What an element of a list is called when it is alone.
  private static String singular(String member) {
    return switch (member) {
      case "aliases" -> "alias";
      case "operations" -> "operation";
      default -> member;
    };
  }

  private JsonNode value(
      JsonNode schema, String record, String member, Map<String, JsonNode> past) {
    JsonNode given = known.getOrDefault(record + "." + member, known.get(member));
    if (given != null && mostly(10)) {
      return given;
    }
    JsonNode resolved = described.resolve(schema);
    JsonNode earlier = past.get(earlierName(member, past));
    boolean fits = earlier != null && (!resolved.has("enum") || isOneOf(resolved, earlier));
    if (fits && mostly(12)) {
      return withoutArmour(earlier);
    }
    String name = schema.path("$ref").asString("").replace(SCHEMAS, "");
    if (resolved.has("const")) {
      return resolved.get("const");
    }
    if (resolved.has("enum")) {
      JsonNode values = resolved.get("enum");
      return values.get(random.nextInt(values.size()));
    }
    if (resolved.has("anyOf")) { // a WireNumber
      JsonNode number = number(resolved.get("anyOf").get(0));
      return random.nextBoolean() ? number : JSON.stringNode(number.asString());
    }
    return switch (resolved.path("type").asString("")) {
      case "object" ->
          resolved.has("properties")
              ? object(resolved, name, past)
              : JSON.objectNode().put("purpose", "test");
      case "array" ->
          JSON.arrayNode().add(value(resolved.get("items"), record, singular(member), past));
      case "integer" -> number(resolved);
      case "boolean" -> JSON.booleanNode(random.nextBoolean());
      default -> JSON.stringNode(text(resolved));
    };
  }

  /// A public key is answered in PEM and taken in DER.
  private static JsonNode withoutArmour(JsonNode value) {
    String text = value.asString("");
    return text.startsWith("-----BEGIN")
        ? JSON.stringNode(text.replaceAll("-----[A-Z ]+-----|\\s", ""))
        : value;
  }

  private static boolean isOneOf(JsonNode schema, JsonNode value) {
    return schema.get("enum").valueStream().anyMatch(value::equals);
  }

  /// `source_key_id` and `target_key_id` are key ids too.
  private static String earlierName(String member, Map<String, JsonNode> past) {
    return !past.containsKey(member) && member.endsWith("_key_id") ? "key_id" : member;
  }

  private ObjectNode object(JsonNode schema, String record, Map<String, JsonNode> past) {
    var required = new ArrayList<String>();
    schema.path("required").forEach(name -> required.add(name.stringValue()));
    ObjectNode object = JSON.objectNode();
    for (var property : schema.get("properties").properties()) {
      String member = property.getKey();
      int wish = past.containsKey(member) ? 90 : known.containsKey(member) ? 50 : 12;
      if (required.contains(member) || random.nextInt(100) < wish) {
        object.set(member, value(property.getValue(), record, member, past));
      }
    }
    return object;
  }

  private JsonNode number(JsonNode schema) {
    int least = schema.path("minimum").asInt(1);
    int most = schema.path("maximum").asInt(64);
    int step = schema.path("multipleOf").asInt(1);
    int value = least + random.nextInt(most - least + 1);
    return JSON.numberNode(value - value % step);
  }

  private String text(JsonNode schema) {
    String pattern = schema.path("pattern").asString("");
    if (pattern.contains("{8}")) {
      return new UUID(random.nextLong(), random.nextLong()).toString();
    }
    if (pattern.contains("{32}")) {
      return "%016x%016x".formatted(random.nextLong(), random.nextLong());
    }
    return "t" + Long.toUnsignedString(random.nextLong(), 36);
  }

  DevCredentials.Tenant tenant() {
    return tenant;
  }
}
