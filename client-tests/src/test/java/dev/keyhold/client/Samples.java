package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Keys of every kind, in every state and with all that belongs to one, and calls with what they
/// must answer, now and wherever the store is taken: after an upgrade, from a backup.
final class Samples {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static final Map<String, String> SIGNING =
      Map.ofEntries(
          Map.entry("RSA_2048", "RSASSA_PSS_SHA_256"),
          Map.entry("EC_P256", "ECDSA_SHA_256"),
          Map.entry("EC_P384", "ECDSA_SHA_384"),
          Map.entry("SECP256K1", "ECDSA_SHA_256"),
          Map.entry("SM2", "SM2DSA_SM3"),
          Map.entry("ED25519", "ED25519"),
          Map.entry("ML_DSA_44", "ML_DSA_44"),
          Map.entry("ML_DSA_65", "ML_DSA_65"),
          Map.entry("ML_DSA_87", "ML_DSA_87"));
  private static final Map<String, String> MACS =
      Map.of(
          "HMAC_256", "HMAC_SHA_256",
          "HMAC_384", "HMAC_SHA_384",
          "HMAC_512", "HMAC_SHA_512",
          "HMAC_SM3", "HMAC_SM3");
  private static final Map<String, String> AGREEING =
      Map.of("EC_P256", "ECDH", "EC_P384", "ECDH", "SECP256K1", "ECDH");
  private static final int VERSIONS = 4;
  private static final String MESSAGE = "AAECAw==";

  private final ArrayNode all = JSON.createArrayNode();
  private final Http http;
  private final Tenant tenant;
  private final Tenant other;
  private final int each;
  private int names;

  private Samples(ServerProcess server, int each) {
    this.tenant = server.tenant();
    this.other = server.otherTenant();
    this.http = Http.loggedIn(tenant);
    this.each = each;
  }

  /// Makes the keys on a server that is new.
  ///
  /// @param each how many calls of one algorithm, and of each version of a key that has several
  static JsonNode make(ServerProcess server, int each) {
    try {
      return new Samples(server, each).made();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  private JsonNode made() throws GeneralSecurityException {
    for (String spec : List.of("AES_256", "SM4")) {
      String key = key(spec, Map.of());
      for (int version = 1; version <= VERSIONS; version++) {
        for (int made = 0; made < each; made += encryption(key)) {
          // until there are enough
        }
        if (version < VERSIONS) {
          http.kms("rotate-on-demand", Map.of("key_id", key)).ok();
        }
      }
    }
    SIGNING.forEach(this::signature);
    MACS.forEach(this::mac);
    AGREEING.forEach(this::agreement);
    keyPairEncryption("RSA_2048", "RSAES_OAEP_SHA_256");
    keyPairEncryption("SM2", "SM2_ENCRYPT");
    datakeyPairs();
    imported();
    states();
    belongings();
    login(tenant, http);
    login(other, Http.loggedIn(other));
    return all;
  }

  private String key(String spec, Map<String, ?> more) {
    var body = new HashMap<String, Object>(more);
    body.put("key_alias", "fixture-" + ++names);
    body.put("key_spec", spec);
    return http.kms("create-key", body).ok().json().at("/key_info/key_id").asText();
  }

  /// Data keys and data, with and without what they are bound to.
  ///
  /// @return how many
  private int encryption(String key) {
    Http.Answer datakey = http.kms("create-datakey", Map.of("key_id", key)).ok();
    sample(
        "decrypt-datakey",
        Map.of(
            "key_id",
            key,
            "cipher_text",
            datakey.text("cipher_text"),
            "datakey_cipher_length",
            "64"),
        200,
        Map.of("/data_key", datakey.text("plain_text")));
    data(key, Map.of());
    data(key, Map.of("additional_authenticated_data", "bound to this"));
    data(key, Map.of("encryption_context", Map.of("tenant", "7", "file", "grün")));
    return 4;
  }

  private void data(String key, Map<String, ?> bound) {
    String text = "fixture text " + ++names;
    var request = new HashMap<String, Object>(bound);
    request.put("key_id", key);
    request.put("plain_text", text);
    String sealed = http.kms("encrypt-data", request).ok().text("cipher_text");
    var opening = new HashMap<String, Object>(bound);
    opening.put("cipher_text", sealed);
    sample("decrypt-data", opening, 200, Map.of("/plain_text", text));
  }

  private void signature(String spec, String algorithm) {
    String key = key(spec, Map.of("key_usage", "SIGN_VERIFY"));
    for (int made = 0; made < each; made++) {
      var request = new HashMap<String, Object>();
      request.put("key_id", key);
      request.put("message", MESSAGE);
      request.put("signing_algorithm", algorithm);
      request.put("message_type", "RAW");
      request.put("signature", http.kms("sign", request).ok().text("signature"));
      sample("verify", request, 200, Map.of("/signature_valid", "true"));
    }
  }

  private void mac(String spec, String algorithm) {
    String key = key(spec, Map.of("key_usage", "GENERATE_VERIFY_MAC"));
    for (int made = 0; made < each; made++) {
      var request = new HashMap<String, Object>();
      request.put("key_id", key);
      request.put(
          "message", Importer.base64(("message " + ++names).getBytes(StandardCharsets.US_ASCII)));
      request.put("mac_algorithm", algorithm);
      request.put("mac", http.kms("generate-mac", request).ok().text("mac"));
      sample("verify-mac", request, 200, Map.of("/mac_valid", "true"));
    }
  }

  private void agreement(String spec, String algorithm) {
    String key = key(spec, Map.of("key_usage", "KEY_AGREEMENT"));
    String peer = key(spec, Map.of("key_usage", "KEY_AGREEMENT"));
    Map<String, String> request =
        Map.of(
            "key_id",
            key,
            "key_agreement_algorithm",
            algorithm,
            "public_key",
            http.kms("get-publickey", Map.of("key_id", peer))
                .ok()
                .text("public_key")
                .replaceAll("-----[A-Z ]+-----|\\s", "")); // PEM
    String secret = http.kms("derive-shared-secret", request).ok().text("shared_secret");
    sample("derive-shared-secret", request, 200, Map.of("/shared_secret", secret));
  }

  private void keyPairEncryption(String spec, String algorithm) {
    String key = key(spec, Map.of("key_usage", "ENCRYPT_DECRYPT"));
    for (int made = 0; made < each; made++) {
      String text = "text for a key pair " + ++names;
      var request = new HashMap<String, Object>();
      request.put("key_id", key);
      request.put("plain_text", text);
      request.put("encryption_algorithm", algorithm);
      String sealed = http.kms("encrypt-data", request).ok().text("cipher_text");
      sample(
          "decrypt-data",
          Map.of("key_id", key, "cipher_text", sealed, "encryption_algorithm", algorithm),
          200,
          Map.of("/plain_text", text));
    }
  }

  private void datakeyPairs() {
    String key = key("AES_256", Map.of());
    for (String spec : List.of("ECC_NIST_P256", "ECC_NIST_P521", "ECC_SECG_P256K1", "SM2")) {
      datakeyPair(key, "create-ec-datakey-pair", spec);
    }
    datakeyPair(key, "create-rsa-datakey-pair", "RSA_2048");
  }

  private void datakeyPair(String key, String action, String spec) {
    String sealed =
        http.kms(action, Map.of("key_id", key, "key_spec", spec))
            .ok()
            .text("private_key_cipher_text");
    Map<String, String> open =
        Map.of("key_id", key, "cipher_text", sealed, "datakey_cipher_length", "64");
    String privateKey = http.kms("decrypt-datakey", open).ok().text("data_key");
    sample("decrypt-datakey", open, 200, Map.of("/data_key", privateKey));
  }

  /// Material that came under an ML-KEM key, and under an RSA one.
  private void imported() throws GeneralSecurityException {
    String key = key("AES_256", Map.of("origin", "external"));
    sample("describe-key", Map.of("key_id", key), 200, Map.of("/key_info/key_id", key));
    Importer.importAgain(http, key, new byte[32]).ok();
    data(key, Map.of());
    Importer.importNew(http, key, Importer.random(32)).ok();
    http.kms("rotate-on-demand", Map.of("key_id", key)).ok();
    data(key, Map.of());
    String waiting = key("AES_256", Map.of("origin", "external")); // for its material
    state(waiting, KeyModel.PENDING_IMPORT);
  }

  private void states() {
    String disabled = key("AES_256", Map.of());
    http.kms("disable-key", Map.of("key_id", disabled)).ok();
    state(disabled, KeyModel.DISABLED);
    String pending = key("AES_256", Map.of());
    http.kms("schedule-key-deletion", Map.of("key_id", pending, "pending_days", "1096")).ok();
    state(pending, KeyModel.PENDING_DELETION);
    String rotated = key("AES_256", Map.of());
    http.kms("enable-key-rotation", Map.of("key_id", rotated)).ok();
    sample(
        "get-key-rotation-status",
        Map.of("key_id", rotated),
        200,
        Map.of("/key_rotation_enabled", "true"));
  }

  private void state(String key, String state) {
    sample("describe-key", Map.of("key_id", key), 200, Map.of("/key_info/key_state", state));
    Http.Answer refusal = http.kms("create-datakey", Map.of("key_id", key));
    sample(
        "create-datakey",
        Map.of("key_id", key),
        refusal.status(),
        Map.of("/error/error_code", refusal.code()));
  }

  /// Aliases, tags and grants.
  private void belongings() {
    String key = key("AES_256", Map.of());
    http.kms("aliases", Map.of("key_id", key, "alias", "of-a-fixture")).ok();
    data("alias/of-a-fixture", Map.of());
    Map<String, String> byAlias = Map.of("key_id", "alias/of-a-fixture");
    sample("create-datakey", byAlias, 200, Map.of("/key_id", key));
    http.kms(key + "/tags", Map.of("tag", Map.of("key", "colour", "value", "grün"))).ok();
    sample(
        "resource_instances/action",
        Map.of(
            "action",
            "filter",
            "tags",
            List.of(Map.of("key", "colour", "values", List.of("grün")))),
        200,
        Map.of("/total_count", "1", "/resources/0/resource_id", key));
    String grant =
        http.kms(
                "create-grant",
                Map.of(
                    "key_id",
                    key,
                    "grantee_principal",
                    other.domainId(),
                    "grantee_principal_type",
                    "domain",
                    "operations",
                    List.of("create-datakey", "describe-key")))
            .ok()
            .text("grant_id");
    sample("list-grants", Map.of("key_id", key), 200, Map.of("/grants/0/grant_id", grant));
    Map<String, String> body = Map.of("key_id", key);
    sample("create-datakey", body, 200, Map.of("/key_id", key)).put("as", "other");
    Http.Answer refusal = Http.loggedIn(other).kms("disable-key", body);
    assertThat(refusal.status()).isBetween(400, 499);
    sample("disable-key", body, refusal.status(), Map.of("/error/error_code", refusal.code()))
        .put("as", "other");
    ObjectNode tags = all.addObject().put("get", key + "/tags").put("status", 200);
    tags.putObject("expect").put("/tags/0/key", "colour").put("/tags/0/value", "grün");
  }

  /// A token that was given out, and a password.
  private void login(Tenant user, Http loggedIn) {
    all.addObject()
        .put("user", user.userName())
        .put("domain", user.domainName())
        .put("project_id", user.projectId())
        .put("token", loggedIn.headers().get("X-Auth-Token"));
  }

  private ObjectNode sample(
      String action, Map<String, ?> body, int status, Map<String, String> expect) {
    ObjectNode sample = all.addObject().put("action", action);
    sample.set("body", JSON.valueToTree(body));
    sample.put("status", status);
    sample.set("expect", JSON.valueToTree(expect));
    return sample;
  }

  /// Makes each of the calls on a server that runs, and compares.
  static void answerAsBefore(JsonNode samples, ServerProcess server) {
    Http http = Http.loggedIn(server.tenant());
    Http other = Http.loggedIn(server.otherTenant());
    int count = 0;
    for (JsonNode sample : samples) {
      count++;
      if (sample.has("token")) {
        http.withProject(sample.path("project_id").asText())
            .with("X-Auth-Token", sample.path("token").asText())
            .kms("list-keys", Map.of())
            .ok();
        continue;
      }
      Http caller = sample.has("as") ? other : http;
      Http.Answer answer =
          sample.has("get")
              ? caller.get(caller.kmsPath(sample.path("get").asText()))
              : caller.kms(sample.path("action").asText(), sample.path("body").toString());
      assertThat(answer.status())
          .describedAs("%s: %s", sample, answer.body())
          .isEqualTo(sample.path("status").asInt());
      var expected = new HashMap<String, String>();
      var actual = new HashMap<String, String>();
      sample
          .path("expect")
          .fields()
          .forEachRemaining(member -> {
            expected.put(member.getKey(), member.getValue().asText());
            actual.put(member.getKey(), answer.json().at(member.getKey()).asText());
          });
      assertThat(actual).describedAs("%s", sample).isEqualTo(expected);
    }
    assertThat(count).isGreaterThan(20);
  }
}
