package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.keyhold.client.Http.Answer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// `POST /v3/users/{user_id}/password` and `/v3.0/OS-CREDENTIAL/credentials`, on servers of their
/// own: they end what other tests log in with.
class CredentialsTest {
  private static final String KEYS = "/v3.0/OS-CREDENTIAL/credentials";

  private static String userId(Tenant tenant) {
    return Login.withPassword(tenant, tenant.password(), Login.projectById(tenant))
        .ok()
        .json()
        .at("/token/user/id")
        .asText();
  }

  private static Answer change(Http http, String userId, String from, String to) {
    return http.post(
        "/v3/users/" + userId + "/password",
        Map.of("user", Map.of("original_password", from, "password", to)));
  }

  private static int use(Tenant tenant, String token) {
    Http http = Http.withToken(tenant, token);
    return http.get(http.kmsPath("user-instances")).status();
  }

  @Test
  void passwordChangeEndsTokensAndTheOldPassword() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Tenant tenant = server.tenant();
      String user = userId(tenant);
      String token = Login.token(tenant);
      String another = Login.token(tenant);
      Http http = Http.withToken(tenant, token);
      String fresh = "fresh-" + Names.fresh();

      assertThat(change(http, userId(server.otherTenant()), tenant.password(), fresh).status())
          .isEqualTo(403);
      assertThat(change(http, "0".repeat(32), tenant.password(), fresh).status()).isEqualTo(403);
      assertThat(change(http, user, tenant.password() + "x", fresh).status()).isEqualTo(401);
      assertThat(change(http, user, tenant.password(), "short").status()).isEqualTo(400);
      assertThat(change(http, user, tenant.password(), tenant.password()).status()).isEqualTo(400);
      assertThat(use(tenant, token)).isEqualTo(200);

      assertThat(change(http, user, tenant.password(), fresh).status()).isEqualTo(204);

      assertThat(use(tenant, token)).isEqualTo(401);
      assertThat(use(tenant, another)).isEqualTo(401);
      assertThat(Login.withPassword(tenant, tenant.password(), Login.projectById(tenant)).status())
          .isEqualTo(401);
      String next = Login.tokenOf(Login.withPassword(tenant, fresh, Login.projectById(tenant)));
      assertThat(use(tenant, next)).isEqualTo(200);
    }
  }

  @Test
  void wrongOriginalPasswordsLockLoginsToo() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Tenant tenant = server.tenant();
      String user = userId(tenant);
      Http http = Http.withToken(tenant, Login.token(tenant));
      for (int i = 0; i < 5; i++) {
        assertThat(change(http, user, "wrong-" + i, "a-fresh-password").status()).isEqualTo(401);
      }

      assertThat(change(http, user, tenant.password(), "a-fresh-password").status()).isEqualTo(401);
      assertThat(Login.withPassword(tenant, tenant.password(), Login.projectById(tenant)).status())
          .isEqualTo(401);
    }
  }

  @Test
  void accessKeySignsUntilItIsInactiveOrDeleted() {
    try (var server = ServerProcess.onNewFolder()) {
      server.start();
      Tenant tenant = server.tenant();
      String user = userId(tenant);
      Http http = Http.withToken(tenant, Login.token(tenant));
      var body = Map.of("credential", Map.of("user_id", user, "description", "for tests"));

      Answer created = http.post(KEYS, body);

      assertThat(created.status()).isEqualTo(201);
      JsonNode key = created.json().path("credential");
      assertThat(key.path("status").asText()).isEqualTo("active");
      assertThat(key.path("user_id").asText()).isEqualTo(user);
      String one = KEYS + "/" + key.path("access").asText();
      Tenant signing =
          tenant
              .withAccessKey(key.path("access").asText())
              .withSecretKey(key.path("secret").asText());
      Kms.of(signing).newKey();
      assertThat(http.post(KEYS, body).status()).isEqualTo(400); // the third
      assertThat(http.get(KEYS).ok().json().path("credentials")).hasSize(2);
      assertThat(http.get(one).ok().json().path("credential").has("secret")).isFalse();
      Http foreign = Http.withToken(tenant, Login.token(server.otherTenant()));
      assertThat(foreign.get(one).status()).isEqualTo(404);
      assertThat(foreign.send("DELETE", one, new byte[0]).status()).isEqualTo(404);
      assertThat(foreign.post(KEYS, body).status()).isEqualTo(403);

      assertThat(http.send("PUT", one, status("inactive")).status()).isEqualTo(200);

      Refusal.refused(401, "APIGW.0301", () -> Kms.of(signing).instances());
      assertThat(http.get(KEYS).status()).isEqualTo(401); // the user's tokens ended
      Http again = Http.withToken(tenant, Login.token(tenant));
      assertThat(again.send("PUT", one, status("active")).status()).isEqualTo(200);
      Kms.of(signing).instances();

      assertThat(again.send("DELETE", one, new byte[0]).status()).isEqualTo(204);

      Refusal.refused(401, "APIGW.0301", () -> Kms.of(signing).instances());
    }
  }

  private static byte[] status(String status) {
    return ("{\"credential\":{\"status\":\"" + status + "\"}}").getBytes(StandardCharsets.UTF_8);
  }
}
