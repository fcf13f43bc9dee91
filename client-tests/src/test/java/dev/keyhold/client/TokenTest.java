package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.Http.Answer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `POST` and `GET /v3/auth/tokens`, and what a token opens.
class TokenTest {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'");

  private final Tenant tenant = SharedServer.tenant();
  private final Tenant other = SharedServer.otherTenant();
  private final Http anonymous = Http.anonymous(tenant);

  private Answer login(Map<String, ?> scope) {
    return Login.withPassword(tenant, tenant.password(), scope);
  }

  private static Instant time(JsonNode text) {
    return LocalDateTime.parse(text.asText(), TIME).toInstant(ZoneOffset.UTC);
  }

  private void isRefused(int status, Answer answer) {
    assertThat(answer.status()).describedAs(answer.body()).isEqualTo(status);
    JsonNode error = answer.json().path("error");
    assertThat(error.path("code").isInt()).isTrue();
    assertThat(error.path("code").asInt()).isEqualTo(status);
    assertThat(error.path("message").asText()).isNotBlank();
    assertThat(error.path("title").asText()).isNotBlank();
    assertThat(answer.header("X-Subject-Token")).isEmpty();
    assertThat(answer.requestId()).isNotBlank();
  }

  @Test
  void tokenIsOfAProjectNamedByIdOrByName() {
    for (Map<String, ?> scope : List.of(Login.projectById(tenant), Login.projectByName(tenant))) {
      Answer answer = login(scope);

      assertThat(answer.status()).isEqualTo(201);
      assertThat(answer.header("Content-Type").orElseThrow()).startsWith("application/json");
      assertThat(Login.tokenOf(answer)).isNotBlank();
      JsonNode token = answer.json().path("token");
      assertThat(token.path("methods").get(0).asText()).isEqualTo("password");
      assertThat(token.path("project").path("id").asText()).isEqualTo(tenant.projectId());
      assertThat(token.path("project").path("name").asText()).isEqualTo(tenant.projectName());
      isTheDomain(token.path("project").path("domain"));
      assertThat(token.has("domain")).isFalse();
      isTheUser(token.path("user"));
      assertThat(token.path("roles").isArray()).isTrue();
      assertThat(token.has("catalog")).isFalse();
    }
  }

  @Test
  void tokenIsOfADomainNamedByIdOrByName() {
    for (Map<String, ?> scope : List.of(Login.domainById(tenant), Login.domainByName(tenant))) {
      Answer answer = login(scope);

      assertThat(answer.status()).isEqualTo(201);
      JsonNode token = answer.json().path("token");
      isTheDomain(token.path("domain"));
      assertThat(token.has("project")).isFalse();
      isTheUser(token.path("user"));
    }
  }

  private void isTheDomain(JsonNode domain) {
    assertThat(domain.path("id").asText()).isEqualTo(tenant.domainId());
    assertThat(domain.path("name").asText()).isEqualTo(tenant.domainName());
  }

  private void isTheUser(JsonNode user) {
    assertThat(user.path("name").asText()).isEqualTo(tenant.userName());
    assertThat(user.path("id").asText()).isNotBlank();
    assertThat(user.path("password_expires_at").asText("absent")).isEmpty();
    isTheDomain(user.path("domain"));
  }

  @Test
  void tokenLivesForADay() {
    Instant now = Instant.now();

    JsonNode token = login(Login.projectById(tenant)).json().path("token");

    assertThat(time(token.path("issued_at")))
        .isBetween(now.minus(Duration.ofMinutes(1)), now.plus(Duration.ofMinutes(1)));
    assertThat(Duration.between(time(token.path("issued_at")), time(token.path("expires_at"))))
        .isEqualTo(Duration.ofHours(24));
  }

  @Test
  void catalogTellsWhereTheKmsIsUnlessItIsNotWanted() {
    Map<String, ?> body = Login.body(tenant, tenant.password(), Login.projectById(tenant));

    JsonNode catalog = anonymous.post(Login.PATH, body).ok().json().path("token").path("catalog");

    assertThat(catalog.isArray()).isTrue();
    JsonNode kms = null;
    for (JsonNode service : catalog) {
      if (service.path("type").asText().equals("kms")) {
        kms = service;
      }
    }
    assertThat(kms).isNotNull();
    assertThat(kms.path("name").asText()).isNotBlank();
    JsonNode endpoint = kms.path("endpoints").get(0);
    assertThat(endpoint.path("interface").asText()).isEqualTo("public");
    assertThat(endpoint.path("region").asText()).isEqualTo(tenant.region());
    assertThat(endpoint.path("region_id").asText()).isEqualTo(tenant.region());
    assertThat(endpoint.path("url").asText()).startsWith(tenant.endpoint());
    for (String unwanted : new String[] {"?nocatalog=true", "?nocatalog=x", "?nocatalog=false"}) {
      JsonNode without = anonymous.post(Login.PATH + unwanted, body).ok().json();
      assertThat(without.path("token").has("catalog")).isFalse();
    }
  }

  @Test
  void wrongPasswordAndUnknownUserAreAnsweredAlike() {
    Answer wrong = Login.withPassword(tenant, tenant.password() + "x", Login.projectById(tenant));
    Answer unknown =
        anonymous.post(
            Login.PATH,
            Login.body(
                "nobody", tenant.domainName(), tenant.password(), Login.projectById(tenant)));
    Answer nowhere =
        anonymous.post(
            Login.PATH,
            Login.body(tenant.userName(), "nowhere", tenant.password(), Login.projectById(tenant)));

    for (Answer answer : List.of(wrong, unknown, nowhere)) {
      isRefused(401, answer);
      assertThat(answer.body()).isEqualTo(wrong.body());
    }
    Login.token(tenant); // also ends the count of failures
  }

  @Test
  void nearlyRightPasswordsAreWrong() {
    String right = tenant.password();
    for (String nearly :
        List.of(
            "",
            right.substring(1),
            right + " ",
            " " + right,
            right.toUpperCase(Locale.ROOT) + "!")) {
      Answer answer = Login.withPassword(tenant, nearly, Login.projectById(tenant));
      assertThat(answer.status()).isBetween(400, 401);
      Login.token(tenant);
    }
    isRefused(401, Login.withPassword(tenant, right + "x".repeat(1000), Login.projectById(tenant)));
    Login.token(tenant);
  }

  @Test
  void scopeOfAnotherAccountIsRefused() {
    for (Map<String, ?> scope : List.of(Login.projectById(other), Login.domainById(other))) {
      isRefused(401, login(scope));
      Login.token(tenant);
    }
  }

  @Test
  void incompleteRequestIsMalformed() {
    for (String body :
        new String[] {
          "{}",
          "{\"auth\":{}}",
          "{\"auth\":{\"identity\":{\"methods\":[\"password\"]}}}",
          "{\"auth\":{\"identity\":{\"methods\":[],\"password\":{\"user\":{\"name\":\"a\","
              + "\"password\":\"b\",\"domain\":{\"name\":\"c\"}}}}}}",
          "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":"
              + "\"a\",\"password\":\"b\"}}}}}",
          "{\"auth\":",
          "[]",
          "\"auth\"",
          "{\"auth\":{\"identity\":{}},\"auth\":{}}"
        }) {
      isRefused(400, anonymous.send("POST", Login.PATH, body.getBytes(StandardCharsets.UTF_8)));
    }
  }

  @Test
  void noTwoTokensAreAlikeAndAllAreValid() {
    var tokens = new HashSet<String>();
    for (int i = 0; i < 3; i++) {
      tokens.add(Login.token(tenant));
    }

    assertThat(tokens).hasSize(3);
    for (String token : tokens) {
      Http.withToken(tenant, token).get(anonymous.kmsPath("user-instances")).ok();
    }
  }

  @Test
  void tokenTellsAboutItself() {
    Answer login = login(Login.projectById(tenant));
    String token = Login.tokenOf(login);

    Answer answer =
        Http.withToken(tenant, token)
            .with("X-Subject-Token", token)
            .get(Login.PATH + "?nocatalog=true");

    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("X-Subject-Token")).contains(token);
    assertThat(answer.json()).isEqualTo(login.json());
  }

  @Test
  void onlyItsOwnAccountLearnsAboutAToken() {
    String token = Login.token(tenant);
    String otherToken = Login.token(other);

    Answer spied = Http.withToken(other, otherToken).with("X-Subject-Token", token).get(Login.PATH);

    assertThat(spied.status()).isIn(403, 404);
    assertThat(spied.header("X-Subject-Token")).isEmpty();
    isRefused(401, anonymous.with("X-Subject-Token", token).get(Login.PATH));
    isRefused(
        404, Http.withToken(tenant, token).with("X-Subject-Token", "x" + token).get(Login.PATH));
  }

  @Test
  void tokenOfTheProjectOpensTheKms() {
    Http http = Http.loggedIn(tenant);
    String key =
        http.kms("create-key", Map.of("key_alias", Names.fresh()))
            .ok()
            .json()
            .path("key_info")
            .path("key_id")
            .asText();

    assertThat(Kms.of(tenant).describe(key).getKeyState()).isEqualTo("2");
  }

  @Test
  void tokenOfTheDomainDoesNot() {
    Http http = Http.withToken(tenant, Login.tokenOf(login(Login.domainById(tenant))));

    Answer answer = http.get(http.kmsPath("user-instances"));

    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.code()).isEqualTo("KMS.0321");
  }

  @Test
  void badTokenIsRefused() {
    String token = Login.token(tenant);
    char last = token.charAt(token.length() - 1);
    char middle = token.charAt(token.length() / 2);

    for (String bad :
        new String[] {
          "x",
          token + "x",
          token.substring(1),
          token.substring(0, token.length() - 1),
          token.substring(0, token.length() - 1) + (last == 'A' ? 'Q' : 'A'),
          token.substring(0, token.length() / 2)
              + (middle == 'A' ? 'Q' : 'A')
              + token.substring(token.length() / 2 + 1),
          token + token,
          "x".repeat(8000)
        }) {
      Answer answer = Http.withToken(tenant, bad).get(anonymous.kmsPath("user-instances"));
      assertThat(answer.status()).describedAs(bad).isEqualTo(401);
      assertThat(answer.code()).isEqualTo("APIGW.0301");
      assertThat(answer.text("request_id")).isEqualTo(answer.requestId());
    }
  }

  @Test
  void absentTokenIsRefused() {
    Answer answer = anonymous.get(anonymous.kmsPath("user-instances"));

    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.code()).isEqualTo("APIGW.0301");
  }

  @Test
  void headersThatClaimAnIdentityAreNotListenedTo() {
    Http http =
        anonymous
            .with("X-User-Id", "admin")
            .with("X-Roles", "admin")
            .with("X-Project-Id", tenant.projectId())
            .with("X-Domain-Id", tenant.domainId());

    assertThat(http.get(http.kmsPath("user-instances")).status()).isEqualTo(401);
  }
}
