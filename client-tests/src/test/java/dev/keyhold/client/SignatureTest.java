package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.core.auth.AKSKSigner;
import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.http.HttpMethod;
import com.huaweicloud.sdk.core.http.HttpRequest;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `SDK-HMAC-SHA256` signatures, made by the SDK's own signer and then tampered with on their way.
class SignatureTest {
  private static final DateTimeFormatter SDK_DATE =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String BODY = "{\"random_data_length\":\"256\"}";

  private final Tenant tenant = SharedServer.tenant();
  private final Http anonymous = Http.anonymous(tenant);

  /// The signed headers of a gen-random call.
  private Map<String, String> signed(Instant date, String body, Map<String, String> more) {
    return signed(HttpMethod.POST, anonymous.kmsPath("gen-random"), date, body, more);
  }

  private Map<String, String> signed(
      HttpMethod method, String path, Instant date, String body, Map<String, String> more) {
    var builder =
        HttpRequest.newBuilder()
            .withMethod(method)
            .withEndpoint(tenant.endpoint())
            .withPath(path)
            .withContentType("application/json;charset=UTF-8")
            .withBodyAsString(body)
            .addHeader("X-Sdk-Date", SDK_DATE.format(date));
    more.forEach(builder::addHeader);
    var headers =
        new LinkedHashMap<>(
            AKSKSigner.getInstance()
                .sign(
                    builder.build(),
                    new BasicCredentials()
                        .withAk(tenant.accessKey())
                        .withSk(tenant.secretKey())
                        .withProjectId(tenant.projectId())));
    headers.keySet().removeIf(name -> name.equalsIgnoreCase("host")); // the client's own business
    more.forEach(headers::putIfAbsent);
    headers.put("X-Sdk-Date", SDK_DATE.format(date));
    return headers;
  }

  private Http.Answer send(Map<String, String> headers, String body) {
    return with(headers).kms("gen-random", body);
  }

  private Http with(Map<String, String> headers) {
    Http http = anonymous;
    for (var header : headers.entrySet()) {
      if (!header.getKey().equalsIgnoreCase("content-type")) {
        http = http.with(header.getKey(), header.getValue());
      }
    }
    return http;
  }

  private static void isRefused(Http.Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(401);
    assertThat(answer.code()).isEqualTo("APIGW.0301");
  }

  @Test
  void signedRequestPasses() {
    assertThat(send(signed(Instant.now(), BODY, Map.of()), BODY).status()).isEqualTo(200);
  }

  @Test
  void sameRequestPassesTwice() {
    var headers = signed(Instant.now(), BODY, Map.of());

    assertThat(send(headers, BODY).status()).isEqualTo(200);
    assertThat(send(headers, BODY).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(ints = {-14, 14})
  void clockMayDifferByLessThan15Minutes(int minutes) {
    var headers = signed(Instant.now().plus(Duration.ofMinutes(minutes)), BODY, Map.of());

    assertThat(send(headers, BODY).status()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(ints = {-16, 16, -1440, 1440})
  void clockMayNotDifferByMore(int minutes) {
    isRefused(send(signed(Instant.now().plus(Duration.ofMinutes(minutes)), BODY, Map.of()), BODY));
  }

  @Test
  void changedBodyIsRefused() {
    var headers = signed(Instant.now(), BODY, Map.of());

    isRefused(send(headers, BODY.replace("256", "512")));
    isRefused(send(headers, BODY + " "));
    isRefused(send(headers, "{}"));
  }

  @Test
  void changedPathQueryOrMethodIsRefused() {
    String path = anonymous.kmsPath("user-instances");
    var headers = signed(HttpMethod.GET, path, Instant.now(), "", Map.of());
    Http http = with(headers);

    assertThat(http.get(path).status()).isEqualTo(200);
    isRefused(http.get(path + "?x=1"));
    isRefused(http.get(anonymous.kmsPath("user-quotas")));
  }

  @Test
  void changedDateIsRefused() {
    Instant now = Instant.now();
    var headers = signed(now, BODY, Map.of());

    headers.put("X-Sdk-Date", SDK_DATE.format(now.plusSeconds(1)));

    isRefused(send(headers, BODY));
  }

  @Test
  void changedSignedHeaderIsRefused() {
    var headers = signed(Instant.now(), BODY, Map.of("X-Trace", "one"));
    assertThat(send(headers, BODY).status()).isEqualTo(200);

    headers.put("X-Trace", "two");
    isRefused(send(headers, BODY));
    headers.remove("X-Trace");
    isRefused(send(headers, BODY));
  }

  @Test
  void bodyHashThatDoesNotCoverTheBodyIsRefused() {
    var unsigned = signed(Instant.now(), BODY, Map.of("X-Sdk-Content-Sha256", "UNSIGNED-PAYLOAD"));

    isRefused(send(unsigned, BODY));
    isRefused(send(unsigned, BODY.replace("256", "512")));
  }

  @Test
  void mangledAuthorizationIsRefused() {
    var headers = signed(Instant.now(), BODY, Map.of());
    String good = headers.get("Authorization");
    assertThat(good).startsWith("SDK-HMAC-SHA256 Access=");

    for (String bad :
        new String[] {
          "",
          "x",
          "SDK-HMAC-SHA256",
          good.replace("SDK-HMAC-SHA256", "SDK-HMAC-SM3"),
          good.replace("SDK-HMAC-SHA256", "AWS4-HMAC-SHA256"),
          good.replace("Access=", "Access=x"),
          good.substring(0, good.length() - 1),
          good + "0",
          good.replaceAll("SignedHeaders=[^,]*", "SignedHeaders="),
          good.replaceAll("SignedHeaders=[^,]*", "SignedHeaders=host"),
          good.replaceAll("SignedHeaders=([^,]*)", "SignedHeaders=$1;x-absent"),
          good.replaceAll("Signature=.*", "Signature=" + "0".repeat(64)),
          good.replaceAll("Signature=.*", "Signature="),
          good + ", " + good.substring(good.indexOf(' ') + 1),
          "Bearer " + good
        }) {
      headers.put("Authorization", bad);
      isRefused(send(headers, BODY));
    }
  }

  @Test
  void twoAuthorizationsAreRefused() {
    var headers = signed(Instant.now(), BODY, Map.of());
    String good = headers.get("Authorization");
    var request = new StringBuilder("POST " + anonymous.kmsPath("gen-random") + " HTTP/1.1\r\n");
    URI endpoint = URI.create(tenant.endpoint());
    request.append("Host: ").append(endpoint.getAuthority()).append("\r\n");
    request.append("X-Sdk-Date: ").append(headers.get("X-Sdk-Date")).append("\r\n");
    request.append("Content-Type: application/json;charset=UTF-8\r\nConnection: close\r\n");
    request.append("Content-Length: ").append(BODY.length()).append("\r\n");
    String one = request + "Authorization: " + good + "\r\n\r\n" + BODY;
    String two = request + ("Authorization: " + good + "\r\n").repeat(2) + "\r\n" + BODY;

    assertThat(RawSocket.status(RawSocket.exchange(endpoint.getPort(), one))).isEqualTo(200);
    assertThat(RawSocket.status(RawSocket.exchange(endpoint.getPort(), two))).isIn(400, 401);
  }

  @Test
  void wrongSignatureIsNotHealedByAToken() {
    var headers = signed(Instant.now(), BODY, Map.of());
    headers.put("X-Auth-Token", Login.token(tenant));

    isRefused(send(headers, BODY + " "));
  }

  @Test
  void queryIsSignedInAnyOrder() {
    String path = anonymous.kmsPath("user-instances");
    var request =
        HttpRequest.newBuilder()
            .withMethod(HttpMethod.GET)
            .withEndpoint(tenant.endpoint())
            .withPath(path)
            .addQueryParam("b", List.of("1", "2 3"))
            .addQueryParam("a", List.of("一 (&=?!#%.*)/"))
            .addQueryParam("c", List.of(""))
            .addHeader("X-Sdk-Date", SDK_DATE.format(Instant.now()))
            .build();
    var headers =
        new LinkedHashMap<>(
            AKSKSigner.getInstance()
                .sign(
                    request,
                    new BasicCredentials()
                        .withAk(tenant.accessKey())
                        .withSk(tenant.secretKey())
                        .withProjectId(tenant.projectId())));
    headers.keySet().removeIf(name -> name.equalsIgnoreCase("host"));
    headers.put("X-Sdk-Date", request.getHeader("X-Sdk-Date"));

    String encoded = "a=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29%2F";
    Http http = with(headers);
    assertThat(http.get(path + "?b=1&b=2%203&" + encoded + "&c=").status()).isEqualTo(200);
    assertThat(http.get(path + "?c&" + encoded + "&b=1&b=2%203").status()).isEqualTo(200);
    isRefused(http.get(path + "?b=2%203&b=1&" + encoded));
  }
}
