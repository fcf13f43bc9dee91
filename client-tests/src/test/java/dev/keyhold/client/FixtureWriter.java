package dev.keyhold.client;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/// Writes the [Fixture] of a version, once for each release: CONTRIBUTING.md.
class FixtureWriter {
  static final Path MIGRATIONS =
      Path.of(
          System.getProperty("keyhold.migrations", "../server/src/main/resources/db/migration"));

  private static final Map<String, String> SIGNING =
      Map.of(
          "RSA_2048", "RSASSA_PSS_SHA_256",
          "EC_P256", "ECDSA_SHA_256",
          "EC_P384", "ECDSA_SHA_384",
          "SECP256K1", "ECDSA_SHA_256",
          "SM2", "SM2DSA_SM3",
          "ED25519", "ED25519",
          "ML_DSA_65", "ML_DSA_65");
  private static final Map<String, String> MACS =
      Map.of("HMAC_256", "HMAC_SHA_256", "HMAC_512", "HMAC_SHA_512", "HMAC_SM3", "HMAC_SM3");
  private static final String MESSAGE = "AAECAw==";

  private final ArrayNode samples = new ObjectMapper().createArrayNode();
  private int names;

  @Test
  @EnabledIfSystemProperty(named = "keyhold.fixture", matches = ".+")
  void write() throws Exception {
    Path folder = Fixture.ALL.resolve(System.getProperty("keyhold.fixture"));
    Path data = folder.resolve("data");
    Files.createDirectories(data);
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwx------"));
    Path passphrase = folder.resolve(Fixture.PASSPHRASE_FILE);
    Files.writeString(passphrase, "the passphrase of a fixture\n");
    Files.setPosixFilePermissions(passphrase, PosixFilePermissions.fromString("rw-------"));
    Instant made;
    try (var server =
        ServerProcess.on(data)
            .with("seal.type", "passphrase")
            .with("seal.passphrase-file", passphrase.toAbsolutePath().toString())) {
      server.start();
      fill(server);
      made = Instant.now().truncatedTo(ChronoUnit.SECONDS);
      BackupTest.keyhold(
              "backup",
              "--data",
              data.toString(),
              "--output",
              folder.resolve("store.backup").toString(),
              "--set",
              "seal.type=passphrase",
              "--set",
              "seal.passphrase-file=" + passphrase.toAbsolutePath())
          .ok();
      server.stop();
    }
    ServerProcess.delete(data.resolve("backup"));
    Files.deleteIfExists(data.resolve("keyhold.lock"));
    var mapper = new ObjectMapper();
    ObjectNode all = mapper.createObjectNode().put("made", made.toString());
    all.set("samples", samples);
    mapper
        .writerWithDefaultPrettyPrinter()
        .writeValue(folder.resolve("samples.json").toFile(), all);
    Files.write(folder.resolve("migrations.txt"), migrations());
  }

  /// Each migration with its hash.
  static List<String> migrations() throws IOException, GeneralSecurityException {
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    try (Stream<Path> files = Files.list(MIGRATIONS)) {
      return files
          .sorted()
          .map(file -> {
            try {
              return HexFormat.of().formatHex(sha256.digest(Files.readAllBytes(file)))
                  + " "
                  + file.getFileName();
            } catch (IOException e) {
              throw new java.io.UncheckedIOException(e);
            }
          })
          .toList();
    }
  }

  private void fill(ServerProcess server) throws GeneralSecurityException {
    Http http = Http.loggedIn(server.tenant());
    for (String spec : List.of("AES_256", "SM4")) {
      String key = key(http, spec, Map.of());
      for (int version = 1; version <= 3; version++) {
        encryption(http, key);
        http.kms("rotate-on-demand", Map.of("key_id", key)).ok();
      }
      encryption(http, key);
    }
    SIGNING.forEach((spec, algorithm) -> signature(http, spec, algorithm));
    MACS.forEach((spec, algorithm) -> mac(http, spec, algorithm));
    keyPairEncryption(http, "RSA_2048", "RSAES_OAEP_SHA_256");
    keyPairEncryption(http, "SM2", "SM2_ENCRYPT");
    imported(http);
    states(http);
    belongings(http, server.otherTenant());
    login(server.tenant(), http);
    login(server.otherTenant(), Http.loggedIn(server.otherTenant()));
  }

  private String key(Http http, String spec, Map<String, ?> more) {
    var body = new HashMap<String, Object>(more);
    body.put("key_alias", "fixture-" + ++names);
    body.put("key_spec", spec);
    return http.kms("create-key", body).ok().json().at("/key_info/key_id").asText();
  }

  /// Data keys and data, with and without what they are bound to.
  private void encryption(Http http, String key) {
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
    data(http, key, Map.of());
    data(http, key, Map.of("additional_authenticated_data", "bound to this"));
    data(http, key, Map.of("encryption_context", Map.of("tenant", "7", "file", "grün")));
  }

  private void data(Http http, String key, Map<String, ?> bound) {
    String text = "fixture text " + ++names;
    var request = new HashMap<String, Object>(bound);
    request.put("key_id", key);
    request.put("plain_text", text);
    String sealed = http.kms("encrypt-data", request).ok().text("cipher_text");
    var opening = new HashMap<String, Object>(bound);
    opening.put("cipher_text", sealed);
    sample("decrypt-data", opening, 200, Map.of("/plain_text", text));
  }

  private void signature(Http http, String spec, String algorithm) {
    var request = new HashMap<String, Object>();
    request.put("key_id", key(http, spec, Map.of("key_usage", "SIGN_VERIFY")));
    request.put("message", MESSAGE);
    request.put("signing_algorithm", algorithm);
    request.put("message_type", "RAW");
    request.put("signature", http.kms("sign", request).ok().text("signature"));
    sample("verify", request, 200, Map.of("/signature_valid", "true"));
  }

  private void mac(Http http, String spec, String algorithm) {
    var request = new HashMap<String, Object>();
    request.put("key_id", key(http, spec, Map.of("key_usage", "GENERATE_VERIFY_MAC")));
    request.put("message", MESSAGE);
    request.put("mac_algorithm", algorithm);
    request.put("mac", http.kms("generate-mac", request).ok().text("mac"));
    sample("verify-mac", request, 200, Map.of("/mac_valid", "true"));
  }

  private void keyPairEncryption(Http http, String spec, String algorithm) {
    String key = key(http, spec, Map.of("key_usage", "ENCRYPT_DECRYPT"));
    var request = new HashMap<String, Object>();
    request.put("key_id", key);
    request.put("plain_text", "text for a key pair");
    request.put("encryption_algorithm", algorithm);
    String sealed = http.kms("encrypt-data", request).ok().text("cipher_text");
    sample(
        "decrypt-data",
        Map.of("key_id", key, "cipher_text", sealed, "encryption_algorithm", algorithm),
        200,
        Map.of("/plain_text", "text for a key pair"));
  }

  private void imported(Http http) throws GeneralSecurityException {
    String key = key(http, "AES_256", Map.of("origin", "external"));
    sample("describe-key", Map.of("key_id", key), 200, Map.of("/key_info/key_id", key));
    Importer.importAgain(http, key, new byte[32]).ok();
    data(http, key, Map.of());
    key(http, "AES_256", Map.of("origin", "external")); // waits for its material
  }

  private void states(Http http) {
    String disabled = key(http, "AES_256", Map.of());
    http.kms("disable-key", Map.of("key_id", disabled)).ok();
    state(http, disabled, "3");
    String pending = key(http, "AES_256", Map.of());
    http.kms("schedule-key-deletion", Map.of("key_id", pending, "pending_days", "1096")).ok();
    state(http, pending, "4");
    String rotated = key(http, "AES_256", Map.of());
    http.kms("enable-key-rotation", Map.of("key_id", rotated)).ok();
    sample(
        "get-key-rotation-status",
        Map.of("key_id", rotated),
        200,
        Map.of("/key_rotation_enabled", "true"));
  }

  private void state(Http http, String key, String state) {
    sample("describe-key", Map.of("key_id", key), 200, Map.of("/key_info/key_state", state));
    Http.Answer refusal = http.kms("create-datakey", Map.of("key_id", key));
    sample(
        "create-datakey",
        Map.of("key_id", key),
        refusal.status(),
        Map.of("/error/error_code", refusal.code()));
  }

  /// Aliases, tags and grants.
  private void belongings(Http http, Tenant other) {
    String key = key(http, "AES_256", Map.of());
    http.kms("aliases", Map.of("key_id", key, "alias", "of-a-fixture")).ok();
    data(http, "alias/of-a-fixture", Map.of());
    http.kms(key + "/tags", Map.of("tag", Map.of("key", "colour", "value", "grün"))).ok();
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
    ObjectNode tags = samples.addObject().put("get", key + "/tags").put("status", 200);
    tags.putObject("expect").put("/tags/0/key", "colour").put("/tags/0/value", "grün");
  }

  /// A token that was given out, and a password.
  private void login(Tenant tenant, Http http) {
    samples
        .addObject()
        .put("user", tenant.userName())
        .put("domain", tenant.domainName())
        .put("project_id", tenant.projectId())
        .put("token", http.headers().get("X-Auth-Token"));
  }

  private void sample(String action, Map<String, ?> body, int status, Map<String, String> expect) {
    var mapper = new ObjectMapper();
    ObjectNode sample = samples.addObject().put("action", action);
    sample.set("body", mapper.valueToTree(body));
    sample.put("status", status);
    sample.set("expect", mapper.valueToTree(expect));
  }
}
