package dev.keyhold.cli;

import dev.keyhold.cli.Api.Request;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The calls of one account, as requests ready to be sent.
public final class Calls {
  private static final int BITS_OF_A_DATA_KEY = 512;

  private final JsonNode credentials;

  private Calls(JsonNode credentials) {
    this.credentials = credentials;
  }

  /// For the account in `DIR/dev-credentials.json`.
  public static Calls of(Path dataFolder) throws IOException {
    return new Calls(
        Api.JSON.readTree(Files.readString(dataFolder.resolve("dev-credentials.json"))));
  }

  /// A member of the credentials file.
  public String credential(String member) {
    return credentials.path(member).asString();
  }

  /// A token for the account's project, by password.
  public Request token() {
    ObjectNode auth = Api.JSON.createObjectNode();
    ObjectNode identity = auth.putObject("auth").putObject("identity");
    identity.putArray("methods").add("password");
    ObjectNode user = identity.putObject("password").putObject("user");
    user.put("name", credential("user_name")).put("password", credential("password"));
    user.putObject("domain").put("name", credential("domain_name"));
    auth.withObject("/auth/scope/project").put("name", credential("project_name"));
    return Request.post("/v3/auth/tokens?nocatalog=true", auth);
  }

  public Request createKey(String alias, String spec) {
    return kms("create-key", body().put("key_alias", alias).put("key_spec", spec));
  }

  /// @param dek the data key and then its digest, in hex
  /// @param dekBytes the length of the data key alone
  public Request encryptDatakey(String keyId, String dek, int dekBytes, String aad) {
    return kms(
        "encrypt-datakey",
        body()
            .put("key_id", keyId)
            .put("plain_text", dek)
            .put("datakey_plain_length", Integer.toString(dekBytes))
            .put("additional_authenticated_data", aad));
  }

  public Request decryptDatakey(String keyId, String cipherText, int dekBytes, String aad) {
    return kms(
        "decrypt-datakey",
        body()
            .put("key_id", keyId)
            .put("cipher_text", cipherText)
            .put("datakey_cipher_length", Integer.toString(dekBytes))
            .put("additional_authenticated_data", aad));
  }

  public Request createDatakey(String keyId) {
    return kms(
        "create-datakey",
        body().put("key_id", keyId).put("datakey_length", Integer.toString(BITS_OF_A_DATA_KEY)));
  }

  public Request describeKey(String keyId) {
    return kms("describe-key", body().put("key_id", keyId));
  }

  public Request listKeys() {
    return kms("list-keys", body().put("limit", "10"));
  }

  private Request kms(String operation, ObjectNode body) {
    return Request.post("/v1.0/" + credential("project_id") + "/kms/" + operation, body);
  }

  private static ObjectNode body() {
    return Api.JSON.createObjectNode();
  }
}
