package dev.keyhold.client;

import static java.util.Map.entry;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Paths, methods, callers and the form of answers, before any KMS rule.
class EdgeTest {
  static final List<String> POSTS =
      List.of(
          "create-key",
          "enable-key",
          "disable-key",
          "schedule-key-deletion",
          "cancel-key-deletion",
          "update-key-alias",
          "update-key-description",
          "list-keys",
          "describe-key",
          "gen-random",
          "create-datakey",
          "create-datakey-without-plaintext",
          "encrypt-datakey",
          "decrypt-datakey",
          "create-ec-datakey-pair",
          "create-rsa-datakey-pair",
          "encrypt-data",
          "decrypt-data",
          "re-encrypt",
          "generate-mac",
          "verify-mac",
          "sign",
          "verify",
          "get-publickey",
          "derive-shared-secret");
  private static final List<String> GETS = List.of("user-instances", "user-quotas");

  private final Tenant tenant = SharedServer.tenant();
  private final Http http = SharedServer.http();
  private final Http anonymous = Http.anonymous(tenant);

  @Test
  void serverTellsThatItLivesAndIsReady() {
    for (String path : List.of("/health/live", "/health/ready")) {
      assertThat(anonymous.get(path).status()).isEqualTo(200);
    }
  }

  @Test
  void unknownPathIsNotFound() {
    for (String path :
        List.of(
            "/nowhere",
            "/v1.0/" + tenant.projectId(),
            "/v1.0/" + tenant.projectId() + "/kms",
            anonymous.kmsPath("make-coffee"),
            anonymous.kmsPath("create-key/x"),
            "/v3/auth/nothing",
            "/v2/" + tenant.projectId() + "/kms/create-key",
            "/favicon.ico")) {
      for (Http caller : List.of(http, anonymous)) {
        Answer answer = caller.send("POST", path, "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).describedAs(path).isEqualTo(404);
        if (!path.startsWith("/v3")) {
          assertThat(answer.code()).isEqualTo("APIGW.0101");
          assertThat(answer.text("request_id")).isEqualTo(answer.requestId());
        }
      }
    }
  }

  @Test
  void wrongMethodIsNotAllowed() {
    for (String action : POSTS) {
      for (String method : List.of("GET", "PUT", "DELETE", "PATCH", "OPTIONS")) {
        Answer answer = http.send(method, http.kmsPath(action), new byte[0]);
        assertThat(answer.status()).describedAs(method + " " + action).isEqualTo(405);
        assertThat(answer.code()).isEqualTo("KMS.0215");
        assertThat(answer.header("Allow").orElse("")).contains("POST");
      }
    }
    for (String action : GETS) {
      Answer answer = http.kms(action, "{}");
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.code()).isEqualTo("KMS.0215");
    }
  }

  @Test
  void everyCallWantsACaller() {
    for (String action : POSTS) {
      Answer answer = anonymous.kms(action, "{");
      assertThat(answer.status()).describedAs(action).isEqualTo(401);
      assertThat(answer.code()).isEqualTo("APIGW.0301");
    }
    for (String action : GETS) {
      assertThat(anonymous.get(anonymous.kmsPath(action)).code()).isEqualTo("APIGW.0301");
    }
  }

  @Test
  void everyCallKeepsToTheCallersProject() {
    Http abroad = http.withProject(SharedServer.otherTenant().projectId());
    for (String action : POSTS) {
      Answer answer = abroad.kms(action, "{}");
      assertThat(answer.status()).describedAs(action).isEqualTo(403);
      assertThat(answer.code()).isEqualTo("KMS.0321");
    }
    for (String action : GETS) {
      assertThat(abroad.get(abroad.kmsPath(action)).code()).isEqualTo("KMS.0321");
    }
  }

  @Test
  void everyAnswerIsJsonThatNobodyStoresAndHasAnId() {
    String key = SharedServer.kms().newKey();
    for (Answer answer :
        List.of(
            http.kms("describe-key", Map.of("key_id", key)),
            http.kms("create-datakey", Map.of("key_id", key)),
            http.get(http.kmsPath("user-instances")),
            http.kms("describe-key", Map.of("key_id", Names.UNKNOWN_KEY)),
            http.kms("describe-key", "{"),
            http.kms("nothing", "{}"),
            http.send("GET", http.kmsPath("create-key"), new byte[0]),
            anonymous.kms("create-key", "{}"),
            anonymous.get("/"),
            anonymous.get("/v1.0"),
            Login.withPassword(tenant, tenant.password(), Login.projectById(tenant)),
            anonymous.get("/v3/auth/tokens"))) {
      assertThat(answer.header("Content-Type").orElse("")).startsWith("application/json");
      assertThat(answer.header("Cache-Control").orElse("")).contains("no-store");
      assertThat(answer.requestId()).matches("[0-9A-Za-z-]{16,64}");
      assertThat(answer.header("Server").orElse("")).doesNotContain("/");
      answer.json();
    }
  }

  @Test
  void requestIdsDiffer() {
    var ids = new HashSet<String>();
    for (int i = 0; i < 50; i++) {
      ids.add(http.get(http.kmsPath("user-instances")).requestId());
    }
    assertThat(ids).hasSize(50);
  }

  @Test
  void kmsErrorsAreNestedAndGatewayErrorsFlat() {
    var kms = http.kms("describe-key", "{").json();
    assertThat(kms.size()).isEqualTo(1);
    assertThat(kms.path("error").size()).isEqualTo(2);
    assertThat(kms.path("error").path("error_code").asText()).isEqualTo("KMS.0202");
    assertThat(kms.path("error").path("error_msg").asText()).isNotBlank();

    var gateway = anonymous.kms("describe-key", "{").json();
    assertThat(gateway.size()).isEqualTo(3);
    assertThat(gateway.path("error_code").asText()).isEqualTo("APIGW.0301");
    assertThat(gateway.path("error_msg").asText()).isNotBlank();
    assertThat(gateway.path("request_id").asText()).isNotBlank();
  }

  @Test
  void foreignAndUnknownKeysAreAnsweredAlike() {
    String foreign = SharedServer.otherKms().newKey();
    String cipherText = SharedServer.otherKms().encrypt(foreign, Deks.EXAMPLE).getCipherText();
    for (String action : POSTS) {
      if (List.of("create-key", "list-keys", "gen-random").contains(action)) {
        continue;
      }
      Answer toForeign = http.kms(action, body(action, foreign, cipherText));
      Answer toUnknown = http.kms(action, body(action, Names.UNKNOWN_KEY, cipherText));

      assertThat(toForeign.code()).describedAs(action).isEqualTo("KMS.0207");
      assertThat(toForeign.status()).isEqualTo(404);
      assertThat(toForeign.body()).isEqualTo(toUnknown.body());
      assertThat(headersThatCount(toForeign)).isEqualTo(headersThatCount(toUnknown));
    }
  }

  private static Map<String, String> body(String action, String key, String cipherText) {
    var body = new HashMap<>(body(key, cipherText));
    switch (action) {
      case "create-ec-datakey-pair" -> body.put("key_spec", "ECC_NIST_P256");
      case "create-rsa-datakey-pair" -> body.put("key_spec", "RSA_2048");
      case "generate-mac" -> body.put("mac_algorithm", "HMAC_SHA_256");
      case "verify-mac" -> body.putAll(Map.of("mac_algorithm", "HMAC_SHA_256", "mac", "00"));
      case "sign" -> body.put("signing_algorithm", "ECDSA_SHA_256");
      case "verify" ->
          body.putAll(Map.of("signing_algorithm", "ECDSA_SHA_256", "signature", "AAAA"));
      case "derive-shared-secret" ->
          body.putAll(Map.of("key_agreement_algorithm", "ECDH", "public_key", "AAAA"));
      default -> {}
    }
    return body;
  }

  private static Map<String, String> body(String key, String cipherText) {
    return Map.ofEntries(
        entry("key_id", key),
        entry("destination_key_id", key),
        entry("source_key_id", key),
        entry("key_alias", Names.fresh()),
        entry("key_description", "d"),
        entry("pending_days", "7"),
        entry("plain_text", Deks.withSha256(Deks.EXAMPLE)),
        entry("datakey_plain_length", "64"),
        entry("cipher_text", cipherText),
        entry("datakey_cipher_length", "64"),
        entry("message", "A".repeat(43) + "="));
  }

  private static Map<String, List<String>> headersThatCount(Answer answer) {
    var headers = new TreeMap<>(answer.headers().map());
    headers.remove("x-request-id");
    headers.remove("date");
    return headers;
  }
}
