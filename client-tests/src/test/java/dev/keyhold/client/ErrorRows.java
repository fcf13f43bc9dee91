package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Requests that are refused, one for each error code that a request to a few keys can earn.
final class ErrorRows {
  private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (_, _) -> true);

  private final ServerProcess server;
  private final String expiredToken;
  private final Http http;
  private final String enabled;
  private final String disabled;
  private final String pending;
  private final String rsaForData;
  private final String rsaForSigning;
  private final String hmac;

  /// A row of the table.
  record Row(int status, String code, String what, Supplier<Answer> call) {
    @Override
    public String toString() {
      return code + " (" + status + "): " + what;
    }
  }

  /// Makes the keys, and as many more as the quota has room for.
  ///
  /// @param expiredToken of the server's first tenant, as the server is
  ErrorRows(ServerProcess server, String expiredToken, int quota) {
    this.server = server;
    this.expiredToken = expiredToken;
    http = Http.loggedIn(server.tenant());
    enabled = newKey();
    disabled = newKey();
    http.kms("disable-key", Map.of("key_id", disabled)).ok();
    pending = newKey();
    http.kms("schedule-key-deletion", Map.of("key_id", pending, "pending_days", "7")).ok();
    rsaForData = newKey("key_spec", "RSA_2048", "key_usage", "ENCRYPT_DECRYPT");
    rsaForSigning = newKey("key_spec", "RSA_2048", "key_usage", "SIGN_VERIFY");
    hmac = newKey("key_spec", "HMAC_256");
    for (int i = 6; i < quota; i++) {
      newKey();
    }
  }

  private String newKey(Object... members) {
    Map<String, Object> request = body(members);
    request.put("key_alias", Names.fresh());
    return http.kms("create-key", request).ok().json().at("/key_info/key_id").asText();
  }

  private Row row(String code, String what, String action, Object... members) {
    return row(400, code, what, action, members);
  }

  private Row row(int status, String code, String what, String action, Object... members) {
    return new Row(status, code, what, () -> http.kms(action, body(members)));
  }

  private static Map<String, Object> body(Object... members) {
    var body = new LinkedHashMap<String, Object>();
    for (int i = 0; i < members.length; i += 2) {
      body.put((String) members[i], members[i + 1]);
    }
    return body;
  }

  private Row raw(int status, String code, String what, Supplier<String> request) {
    return new Row(
        status,
        code,
        what,
        () -> {
          String answer = RawSocket.exchange(server.port(), request.get());
          String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
          return new Answer(RawSocket.status(answer), NO_HEADERS, body);
        });
  }

  /// The table.
  List<Row> all() {
    var rows = new ArrayList<Row>();
    rows.add(new Row(400, "KMS.0202", "bad JSON", () -> http.kms("describe-key", "{\"key_id\":")));
    rows.add(row("KMS.0204", "no key_id", "describe-key"));
    rows.add(row("KMS.0205", "bad key_id", "describe-key", "key_id", "x"));
    rows.add(row("KMS.0206", "bad sequence", "list-keys", "sequence", "x"));
    rows.add(row(404, "KMS.0207", "no such key", "describe-key", "key_id", Names.UNKNOWN_KEY));
    rows.add(
        row(
            "KMS.0208",
            "context too long",
            "create-datakey",
            "key_id",
            enabled,
            "encryption_context",
            Map.of("a", "x".repeat(8193))));
    rows.add(row("KMS.0209", "disabled key", "create-datakey", "key_id", disabled));
    rows.add(row("KMS.0210", "pending deletion", "create-datakey", "key_id", pending));
    rows.add(
        new Row(
            405,
            "KMS.0215",
            "wrong method",
            () -> http.send("PUT", http.kmsPath("create-key"), new byte[0])));
    rows.add(row("KMS.0308", "bad key_state", "list-keys", "key_state", "9"));
    rows.add(
        new Row(
            403,
            "KMS.0321",
            "another account's project",
            () -> {
              Http abroad = http.withProject(server.otherTenant().projectId());
              return abroad.get(abroad.kmsPath("user-instances"));
            }));
    rows.add(
        row(
            "KMS.0340",
            "dedicated keystore",
            "create-key",
            "key_alias",
            Names.fresh(),
            "keystore_id",
            "2"));
    rows.add(row("KMS.1101", "bad name", "create-key", "key_alias", "a b"));
    rows.add(
        row(
            "KMS.1102",
            "another realm",
            "create-key",
            "key_alias",
            Names.fresh(),
            "realm",
            "elsewhere"));
    rows.add(
        row(
            "KMS.1103",
            "description too long",
            "update-key-description",
            "key_id",
            enabled,
            "key_description",
            "d".repeat(256)));
    rows.add(
        new Row(
            400,
            "KMS.1104",
            "name in use",
            () -> {
              String name =
                  http.kms("describe-key", Map.of("key_id", disabled))
                      .json()
                      .at("/key_info/key_alias")
                      .asText();
              return http.kms("update-key-alias", Map.of("key_id", enabled, "key_alias", name));
            }));
    rows.add(row("KMS.1105", "quota reached", "create-key", "key_alias", Names.fresh()));
    rows.add(
        row(
            "KMS.1110",
            "unknown spec",
            "create-key",
            "key_alias",
            Names.fresh(),
            "key_spec",
            "ROT_13"));
    rows.add(row("KMS.1201", "not disabled", "enable-key", "key_id", enabled));
    rows.add(row("KMS.1301", "not enabled", "disable-key", "key_id", disabled));
    rows.add(
        row(
            "KMS.1401",
            "too few days",
            "schedule-key-deletion",
            "key_id",
            enabled,
            "pending_days",
            "6"));
    rows.add(
        row(
            "KMS.1402",
            "pending already",
            "schedule-key-deletion",
            "key_id",
            pending,
            "pending_days",
            "7"));
    rows.add(row("KMS.1501", "not pending", "cancel-key-deletion", "key_id", enabled));
    rows.add(row("KMS.1601", "bad limit", "list-keys", "limit", "0"));
    rows.add(row("KMS.1602", "bad marker", "list-keys", "marker", "-1"));
    rows.add(row("KMS.1801", "no bits", "gen-random", "random_data_length", "0"));
    rows.add(row("KMS.1802", "9 bits", "gen-random", "random_data_length", "9"));
    rows.add(datakey("KMS.1901", "no bits", "datakey_length", "0"));
    rows.add(datakey("KMS.1902", "unknown spec", "key_spec", "ROT_13"));
    rows.add(datakey("KMS.1903", "9 bits", "datakey_length", "9"));
    rows.add(wrap("KMS.2101", "no hex", "xy", "1"));
    rows.add(wrap("KMS.2102", "no length", Deks.withSha256("00"), "0"));
    rows.add(wrap("KMS.2103", "wrong digest", "00" + Deks.sha256("01"), "1"));
    rows.add(wrap("KMS.2104", "other length", Deks.withSha256("00"), "2"));
    rows.add(open("KMS.2201", "no container", "00", "64"));
    rows.add(open("KMS.2202", "no length", "00", "0"));
    rows.addAll(kindRows());
    rows.addAll(gatewayRows());
    return rows;
  }

  /// Keys of other kinds than most calls want.
  private List<Row> kindRows() {
    return List.of(
        new Row(
            400,
            "KMS.0211",
            "default key",
            () -> {
              String key =
                  http.kms("describe-key", Map.of("key_id", "alias/obs/default"))
                      .ok()
                      .json()
                      .at("/key_info/key_id")
                      .asText();
              return http.kms("disable-key", Map.of("key_id", key));
            }),
        row("KMS.0214", "number for a key_id", "describe-key", "key_id", 5),
        row("KMS.0324", "rotation of an RSA key", "enable-key-rotation", "key_id", rsaForData),
        row("KMS.0325", "data key under RSA", "create-datakey", "key_id", rsaForData),
        row(
            "KMS.0334",
            "signature of a key for data",
            "sign",
            "key_id",
            rsaForData,
            "message",
            "AAAA",
            "message_type",
            "RAW",
            "signing_algorithm",
            "RSASSA_PSS_SHA_256"),
        row(
            "KMS.0335",
            "data under a key for signatures",
            "encrypt-data",
            "key_id",
            rsaForSigning,
            "plain_text",
            "text",
            "encryption_algorithm",
            "RSAES_OAEP_SHA_256"),
        row("KMS.0341", "data key under HMAC", "create-datakey", "key_id", hmac));
  }

  private Row datakey(String code, String what, String member, String value) {
    return row(code, what, "create-datakey", "key_id", enabled, member, value);
  }

  private Row wrap(String code, String what, String plainText, String length) {
    return row(
        code,
        what,
        "encrypt-datakey",
        "key_id",
        enabled,
        "plain_text",
        plainText,
        "datakey_plain_length",
        length);
  }

  private Row open(String code, String what, String cipherText, String length) {
    return row(
        code,
        what,
        "decrypt-datakey",
        "key_id",
        enabled,
        "cipher_text",
        cipherText,
        "datakey_cipher_length",
        length);
  }

  private List<Row> gatewayRows() {
    Http anonymous = Http.anonymous(server.tenant());
    String host = " HTTP/1.1\r\nHost: localhost\r\n";
    return List.of(
        new Row(404, "APIGW.0101", "no such call", () -> http.kms("make-coffee", "{}")),
        raw(400, "APIGW.0201", "path of two readings", () -> "GET //v1.0" + host + "\r\n"),
        raw(
            413,
            "APIGW.0201",
            "body too large",
            () ->
                "POST " + http.kmsPath("create-key") + host + "Content-Length: 33554432\r\n\r\n{"),
        raw(414, "APIGW.0201", "URI too long", () -> "GET /" + "x".repeat(40_000) + host + "\r\n"),
        raw(
            494,
            "APIGW.0201",
            "headers too large",
            () -> "GET /v1.0" + host + "X: " + "x".repeat(40_000) + "\r\n\r\n"),
        raw(408, "APIGW.0201", "a head without end", () -> "GET /v1.0" + host),
        new Row(401, "APIGW.0301", "nobody", () -> anonymous.kms("create-key", "{}")),
        new Row(
            401,
            "APIGW.0307",
            "expired token",
            () ->
                Http.withToken(server.tenant(), expiredToken).get(http.kmsPath("user-instances"))));
  }
}
