package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.client.Http.Answer;
import java.net.http.HttpHeaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Every error code of the calls there are, each with a request that earns it.
class ErrorCodesTest {
  private static final int QUOTA = 5;
  private static final ServerProcess SERVER =
      ServerProcess.onNewFolder().with("quotas.cmks", Integer.toString(QUOTA));

  private static String expiredToken = "";
  private static Http http;
  private static String enabled = "";
  private static String disabled = "";
  private static String pending = "";

  /// A row of the table.
  private record Row(int status, String code, String what, Supplier<Answer> call) {
    @Override
    public String toString() {
      return code + " (" + status + "): " + what;
    }
  }

  @BeforeAll
  static void start() {
    SERVER.start();
    expiredToken = Login.token(SERVER.tenant());
    SERVER.stop();
    SERVER.withEnvironment("KEYHOLD_DEV_CLOCK_OFFSET", "PT25H").start();
    http = Http.loggedIn(SERVER.tenant());
    enabled = newKey();
    disabled = newKey();
    http.kms("disable-key", Map.of("key_id", disabled)).ok();
    pending = newKey();
    http.kms("schedule-key-deletion", Map.of("key_id", pending, "pending_days", "7")).ok();
    for (int i = 3; i < QUOTA; i++) {
      newKey();
    }
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  private static String newKey() {
    return http.kms("create-key", Map.of("key_alias", Names.fresh()))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  private static Row row(String code, String what, String action, Object... members) {
    return row(400, code, what, action, members);
  }

  private static Row row(int status, String code, String what, String action, Object... members) {
    return new Row(status, code, what, () -> http.kms(action, body(members)));
  }

  private static Map<String, Object> body(Object... members) {
    var body = new LinkedHashMap<String, Object>();
    for (int i = 0; i < members.length; i += 2) {
      body.put((String) members[i], members[i + 1]);
    }
    return body;
  }

  private static Row raw(int status, String code, String what, Supplier<String> request) {
    return new Row(
        status,
        code,
        what,
        () -> {
          String answer = RawSocket.exchange(SERVER.port(), request.get());
          String body = answer.substring(answer.indexOf("\r\n\r\n") + 4);
          return new Answer(RawSocket.status(answer), NO_HEADERS, body);
        });
  }

  private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (_, _) -> true);

  private static List<Row> rows() {
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
              Http abroad = http.withProject(SERVER.otherTenant().projectId());
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
    rows.addAll(gatewayRows());
    return rows;
  }

  private static Row datakey(String code, String what, String member, String value) {
    return row(code, what, "create-datakey", "key_id", enabled, member, value);
  }

  private static Row wrap(String code, String what, String plainText, String length) {
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

  private static Row open(String code, String what, String cipherText, String length) {
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

  private static List<Row> gatewayRows() {
    Http anonymous = Http.anonymous(SERVER.tenant());
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
        new Row(401, "APIGW.0301", "nobody", () -> anonymous.kms("create-key", "{}")),
        new Row(
            401,
            "APIGW.0307",
            "expired token",
            () ->
                Http.withToken(SERVER.tenant(), expiredToken).get(http.kmsPath("user-instances"))));
  }

  @TestFactory
  Stream<DynamicTest> everyCodeIsEarned() {
    return rows().stream()
        .map(row ->
            DynamicTest.dynamicTest(
                row.toString(),
                () -> {
                  Answer answer = row.call().get();
                  assertThat(answer.code()).describedAs(answer.body()).isEqualTo(row.code());
                  assertThat(answer.status()).isEqualTo(row.status());
                }));
  }

  /// The table has them all: each code with the statuses it comes with.
  @Test
  void noCodeIsForgotten() {
    var codes = new TreeMap<String, List<Integer>>();
    for (Row row : rows()) {
      codes.computeIfAbsent(row.code(), _ -> new ArrayList<>()).add(row.status());
    }
    var bad = List.of(400);
    var expected = new TreeMap<String, List<Integer>>();
    for (String number :
        List.of(
            "0202", "0204", "0205", "0206", "0208", "0209", "0210", "0308", "0340", "1101", "1102",
            "1103", "1104", "1105", "1110", "1201", "1301", "1401", "1402", "1501", "1601", "1602",
            "1801", "1802", "1901", "1902", "1903", "2101", "2102", "2103", "2104", "2201",
            "2202")) {
      expected.put("KMS." + number, bad);
    }
    expected.put("KMS.0207", List.of(404));
    expected.put("KMS.0215", List.of(405));
    expected.put("KMS.0321", List.of(403));
    expected.put("APIGW.0101", List.of(404));
    expected.put("APIGW.0201", List.of(400, 413, 414, 494));
    expected.put("APIGW.0301", List.of(401));
    expected.put("APIGW.0307", List.of(401));

    assertThat(codes).isEqualTo(expected);
  }
}
