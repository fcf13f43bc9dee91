package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Requests that no sound client makes, and how each is refused.
///
/// @param request all bytes, one a character
/// @param status of the refusal
/// @param code in the refusal's body
/// @param ends whether the connection ends with it, because nobody knows where the next request
///   would begin
record HostileInput(String name, String request, int status, String code, boolean ends) {
  /// Paths that two readers could read differently; `{p}` is the project.
  static final List<String> PATHS =
      List.of(
          "//v1.0/{p}/kms/user-instances",
          "/v1.0//{p}/kms/user-instances",
          "/v1.0/{p}/kms//user-instances",
          "/v1.0/{p}/kms/../kms/user-instances",
          "/v1.0/{p}/kms/./user-instances",
          "/v1.0/{p}/kms/%2e%2e/kms/user-instances",
          "/v1.0/{p}/kms/%2E/user-instances",
          "/v1.0/{p}/kms%2fuser-instances",
          "/v1.0/{p}/kms/user-instances;x=1",
          "/v1.0/{p};x/kms/user-instances",
          "/v1.0/{p}/kms\\user-instances",
          "/v1.0/{p}/kms%5Cuser-instances",
          "/v1.0/{p}/kms/user-instances%00",
          "/v1.0/{p}/kms/user-instances%0d%0aX:%20y",
          "/v1.0/{p}/kms/user-instances%",
          "/v1.0/{p}/kms/user-instances%zz",
          "/v1.0/{p}/kms/user-instances%c3%28",
          "/v1.0/{p}/kms/user-instances#x",
          "/v1.0/{p}/kms/user-instances\t",
          "http://localhost/v1.0/{p}/kms/user-instances",
          "*",
          "v1.0/{p}/kms/user-instances");

  /// What follows a request line, `Host` and the token: headers that tell no length, or two, or
  /// hold what no header may.
  static final List<String> DOUBTFUL_HEADERS =
      List.of(
          "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}x",
          "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
          "Content-Length: -1\r\n\r\n",
          "Content-Length: 0x2\r\n\r\n{}",
          "Content-Length : 2\r\n\r\n{}",
          "X-Bad\u0001Name: x\r\nContent-Length: 2\r\n\r\n{}",
          "X-Nul: a\0b\r\nContent-Length: 2\r\n\r\n{}",
          "X-Cr: a\rb\r\nContent-Length: 2\r\n\r\n{}",
          "X-Lf: a\nb\r\nContent-Length: 2\r\n\r\n{}",
          "Host: elsewhere\r\nContent-Length: 2\r\n\r\n{}");

  private static final int LIMIT = 16 * 1024; // of gen-random's body
  private static final String GATEWAY = "APIGW.0201";
  private static final String JSON = "KMS.0202";
  private static final String TYPE = "KMS.0214";
  private static final String MISSING = "KMS.0204";

  private static final String GOOD = "\"random_data_length\":\"8\"";

  /// All that a caller with a token may try.
  static List<HostileInput> all(Http http) {
    var all = new ArrayList<HostileInput>();
    String line = "%s %s HTTP/1.1\r\nHost: localhost\r\n";
    String token = "X-Auth-Token: " + http.headers().get("X-Auth-Token") + "\r\n";
    for (String path : PATHS) {
      String target = path.replace("{p}", http.projectId());
      all.add(gateway(path, line.formatted("GET", target) + token + "\r\n", 400));
    }
    String post = line.formatted("POST", http.kmsPath("gen-random")) + token;
    for (String rest : DOUBTFUL_HEADERS) {
      all.add(gateway(rest.lines().findFirst().orElseThrow(), post + rest, 400));
    }
    String get = line.formatted("GET", "/health/live");
    all.add(
        gateway(
            "100 headers of 8 KiB", get + ("X: " + "x".repeat(8188) + "\r\n").repeat(100), 494));
    all.add(gateway("header of 40 kB", get + "X: " + "x".repeat(40_000) + "\r\n\r\n", 494));
    all.add(gateway("target of 40 kB", line.formatted("GET", "/" + "x".repeat(40_000)), 414));
    documents(all, post + "Content-Type: application/json\r\n");
    return all;
  }

  private static void documents(List<HostileInput> all, String head) {
    String keys =
        IntStream.range(0, 1_000_000)
            .mapToObj(i -> "\"" + i + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    String number = "{\"random_data_length\":" + "1".repeat(1 << 20) + "}";
    String longest = "{" + GOOD + "}" + " ".repeat(LIMIT + 1 - GOOD.length() - 2);
    for (String large : List.of(longest, keys, number)) {
      String start = large.length() + " bytes: " + large.substring(0, 24);
      all.add(gateway(start, withLength(head, large), 413));
      all.add(gateway(start + ", in chunks", inChunks(head, large), 413));
    }
    String fewKeys =
        IntStream.range(0, 1500)
            .mapToObj(i -> "\"" + i + "\":0")
            .collect(Collectors.joining(",", "{", "}"));
    for (String unsound :
        List.of(
            "{" + GOOD + ",\"x\":" + "[".repeat(10_000) + "}",
            "{\"x\":".repeat(3000),
            "{\"random_data_length\":" + "1".repeat(LIMIT - 100) + "}",
            "{" + GOOD + "," + GOOD + "}",
            "{\"random_data_length\":\"8\u00ff\"}",
            "{\"random_data_length\":\"\u00c0\u00b8\"}",
            "{\"random_data_length\":\"\u00ed\u00a0\u0080\"}",
            "{\"random_data_length\":\"\\ud83d\"}",
            "{\"random_data_length\":\"8\0\"}",
            "{\"random_data_length\":\"8\\u0000\"}",
            new String("\uFEFF{".getBytes(UTF_8), ISO_8859_1) + GOOD + "}",
            "{" + GOOD + "/**/}",
            "{" + GOOD + "} // x",
            "{" + GOOD + "}x",
            "{" + GOOD + "}{}",
            "[]",
            "null",
            "{",
            "\0\1\2")) {
      all.add(document(unsound, head, JSON));
    }
    all.add(document(fewKeys, head, MISSING));
    for (String wrong : List.of("{}", "[]", "true", "\"8\",\"sequence\":7", "1e999999999")) {
      all.add(document("{\"random_data_length\":" + wrong + "}", head, TYPE));
    }
  }

  private static HostileInput gateway(String name, String request, int status) {
    return new HostileInput(name, request, status, GATEWAY, true);
  }

  private static HostileInput document(String body, String head, String code) {
    String name = body.length() > 60 ? body.substring(0, 60) + "…" : body;
    return new HostileInput(name, withLength(head, body), 400, code, false);
  }

  private static String withLength(String head, String body) {
    return head + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  private static String inChunks(String head, String body) {
    return head
        + "Transfer-Encoding: chunked\r\n\r\n"
        + Integer.toHexString(body.length())
        + "\r\n"
        + body
        + "\r\n0\r\n\r\n";
  }

  /// Without the request, which has a token.
  @Override
  public String toString() {
    return name;
  }
}
