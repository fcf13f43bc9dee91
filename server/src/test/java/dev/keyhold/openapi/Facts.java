package dev.keyhold.openapi;

import dev.keyhold.crypto.MacAlgorithm;
import dev.keyhold.crypto.SigningAlgorithm;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.keyring.WrappingAlgorithm;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What the type of a member does not tell: patterns, ranges and values, as JSON Schema. Keyed by
/// wire name, or by record and wire name where that is not enough. A fact about a request is one
/// that the server enforces: [ConformanceTest] breaks each and wants a refusal.
final class Facts {
  private static final String HEX_32 = "{\"pattern\": \"^[0-9a-f]{32}$\"}";
  private static final String UUID =
      "{\"pattern\": \"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$\"}";
  private static final String MILLIS = "{\"pattern\": \"^[0-9]*$\"}";
  private static final String TEXT_BOOLEAN = values("true", "false");
  private static final String BITS = "{\"minimum\": 8, \"maximum\": 8192, \"multipleOf\": 8}";
  private static final String BYTES = range(1, 1024);

  static final Map<String, String> OF_REQUESTS = requests();
  static final Map<String, String> OF_ANSWERS = answers();

  private Facts() {}

  private static Map<String, String> requests() {
    var facts = new HashMap<String, String>();
    facts.put(
        "sequence", "{\"pattern\": \"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$\"}");
    facts.put("project_id", HEX_32);
    facts.put("key_description", "{\"maxLength\": 255}");
    facts.put("additional_authenticated_data", "{\"maxLength\": 128}");
    facts.put("pending_days", range(7, 1096));
    facts.put("rotation_interval", range(30, 365));
    facts.put("random_data_length", BITS);
    facts.put("datakey_length", BITS);
    facts.put("datakey_plain_length", BYTES);
    facts.put("DataKeys.DecryptRequest.datakey_cipher_length", BYTES);
    facts.put("KeyLifecycle.CreateRequest.key_spec", names(KeySpec.values()));
    facts.put("key_usage", names(KeyUsage.values()));
    facts.put("origin", values("kms", "external"));
    facts.put("KeyQueries.ListRequest.key_spec", names(KeySpec.values(), "ALL"));
    facts.put("KeyQueries.ListRequest.key_state", values("1", "2", "3", "4", "5"));
    facts.put("MultiRegion.RegionsRequest.limit", range(1, 1000));
    facts.put("MultiRegion.RegionsRequest.offset", range(0, 999_999_999));
    facts.put("replica_project_id", HEX_32);
    facts.put("KeyQueries.ListRequest.limit", range(1, 1000));
    facts.put("KeyQueries.ListRequest.marker", range(0, 999_999_999));
    facts.put(
        "DataKeys.CreateRequest.key_spec",
        values("AES_256", "AES_128", "SM4", "HMAC_256", "HMAC_384", "HMAC_512", "HMAC_SM3"));
    facts.put("DataKeys.EncryptRequest.plain_text", "{\"pattern\": \"^([0-9a-fA-F]{2})+$\"}");
    facts.put("mac_algorithm", names(MacAlgorithm.values()));
    facts.put("signing_algorithm", names(SigningAlgorithm.values()));
    facts.put("key_agreement_algorithm", values("ECDH"));
    facts.put("wrapping_algorithm", names(WrappingAlgorithm.values()));
    facts.put("import_type", values("EXISTING_KEY_MATERIAL", "NEW_KEY_MATERIAL"));
    facts.put("vm_id", "{\"maxLength\": 0}");
    facts.put(
        "DatakeyPairs.Request.key_spec",
        values(
            "ECC_NIST_P256",
            "ECC_NIST_P384",
            "ECC_NIST_P521",
            "ECC_SECG_P256K1",
            "SM2",
            "RSA_2048",
            "RSA_3072",
            "RSA_4096"));
    facts.put("Tags.BatchBody.action", values("create", "delete"));
    facts.put("TagSearch.Body.action", values("filter", "count"));
    facts.put("grantee_principal_type", values("user", "domain"));
    facts.put("pin_type", values("CipherText", "PlainText"));
    facts.put("message_type", values("RAW", "DIGEST"));
    facts.put("methods", "{\"const\": [\"password\"]}");
    facts.put("enabled", TEXT_BOOLEAN);
    facts.put("is_domain", TEXT_BOOLEAN);
    return facts;
  }

  private static Map<String, String> answers() {
    var facts = new HashMap<String, String>();
    facts.put("key_id", UUID);
    facts.put("keys", "{\"items\": {\"type\": \"string\", " + UUID.substring(1) + "}");
    facts.put("domain_id", HEX_32);
    facts.put("key_state", values("1", "2", "3", "4", "5"));
    facts.put("KeyDetails.key_spec", names(KeySpec.values()));
    facts.put("key_usage", names(KeyUsage.values()));
    facts.put("origin", values("kms", "external"));
    facts.put("creation_date", MILLIS);
    facts.put("scheduled_deletion_date", MILLIS);
    facts.put("default_key_flag", values("0", "1"));
    facts.put("KeyDetails.key_rotation_enabled", TEXT_BOOLEAN);
    facts.put("truncated", TEXT_BOOLEAN);
    facts.put("Routes.Health.status", values("UP", "DOWN"));
    return facts;
  }

  /// @param record the name of its schema
  static Optional<ObjectNode> find(Map<String, String> facts, String record, String member) {
    return Optional.ofNullable(facts.getOrDefault(record + "." + member, facts.get(member)))
        .map(json -> (ObjectNode) new JsonMapper().readTree(json));
  }

  private static String range(int least, int most) {
    return "{\"minimum\": %d, \"maximum\": %d}".formatted(least, most);
  }

  private static String names(Enum<?>[] names, String... more) {
    return values(
        Stream.concat(Arrays.stream(names).map(Enum::name), Arrays.stream(more))
            .toArray(String[]::new));
  }

  private static String values(String... values) {
    return "{\"enum\": [\"" + String.join("\", \"", values) + "\"]}";
  }
}
