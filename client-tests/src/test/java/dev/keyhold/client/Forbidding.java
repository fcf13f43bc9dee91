package dev.keyhold.client;

import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.kms.v2.model.ShowUserInstancesRequest;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;

/// Ways to forbid at the first node of a cluster what goes on at the others. Those of credentials
/// end the tokens of the second account, those of keys need the first one's.
final class Forbidding {
  private static final String KEYS = "/v3.0/OS-CREDENTIAL/credentials";

  /// @param uses at each node but the first; gives the status
  record Step(List<IntSupplier> uses, Runnable change) {}

  private final Cluster cluster;
  private final List<Http> owner;
  private final Tenant guest;
  private String password;

  Forbidding(Cluster cluster) {
    this.cluster = cluster;
    this.owner = cluster.callers();
    this.guest = cluster.otherTenant(0);
    this.password = guest.password();
  }

  private List<IntSupplier> elsewhere(IntFunction<IntSupplier> use) {
    return IntStream.range(1, cluster.size()).mapToObj(use).toList();
  }

  private Http first() {
    return owner.getFirst();
  }

  private String newKey() {
    return Http.patiently(() -> first().kms("create-key", Map.of("key_alias", Names.fresh())))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }

  Step disabledKey() {
    var key = Map.of("key_id", newKey());
    return new Step(
        elsewhere(node -> () -> owner.get(node).kms("create-datakey", key).status()),
        () -> Http.once("KMS.1301", () -> first().kms("disable-key", key)));
  }

  Step deletedKey() {
    String key = newKey();
    return new Step(
        elsewhere(
            node -> () -> owner.get(node).kms("create-datakey", Map.of("key_id", key)).status()),
        () ->
            Http.once(
                "KMS.1402",
                () ->
                    first()
                        .kms("schedule-key-deletion", Map.of("key_id", key, "pending_days", "7"))));
  }

  Step revokedGrant() {
    String key = newKey();
    String grant =
        first()
            .kms(
                "create-grant",
                Map.of(
                    "key_id",
                    key,
                    "grantee_principal",
                    guest.domainId(),
                    "grantee_principal_type",
                    "domain",
                    "operations",
                    List.of("create-datakey")))
            .ok()
            .text("grant_id");
    String token = guestToken();
    return new Step(
        elsewhere(node -> {
          Http there = Http.withToken(cluster.otherTenant(node), token);
          return () -> there.kms("create-datakey", Map.of("key_id", key)).status();
        }),
        () ->
            Http.once(
                "KMS.2501",
                () -> first().kms("revoke-grant", Map.of("key_id", key, "grant_id", grant))));
  }

  Step disabledAccessKey() {
    Http http = Http.withToken(guest, guestToken());
    var made =
        http.post(KEYS, Map.of("credential", Map.of("user_id", guestUser())))
            .ok()
            .json()
            .path("credential");
    String one = KEYS + "/" + made.path("access").asText();
    byte[] inactive = "{\"credential\":{\"status\":\"inactive\"}}".getBytes(StandardCharsets.UTF_8);
    return new Step(
        elsewhere(node -> {
          Kms signing =
              Kms.of(
                  cluster
                      .otherTenant(node)
                      .withAccessKey(made.path("access").asText())
                      .withSecretKey(made.path("secret").asText()));
          return () -> status(signing);
        }),
        () -> http.send("PUT", one, inactive).ok());
  }

  /// Makes room for the next one: a user may have two.
  void deleteDisabledAccessKeys() {
    Http http = Http.withToken(guest, guestToken());
    for (var key : http.get(KEYS).ok().json().path("credentials")) {
      if (!key.path("access").asText().equals(guest.accessKey())) {
        http.send("DELETE", KEYS + "/" + key.path("access").asText(), new byte[0]).ok();
        http = Http.withToken(guest, guestToken()); // its deletion has ended the other one
      }
    }
  }

  private static int status(Kms signing) {
    try {
      return signing.client().showUserInstances(new ShowUserInstancesRequest()).getHttpStatusCode();
    } catch (ServiceResponseException refused) {
      return refused.getHttpStatusCode();
    }
  }

  Step changedPassword() {
    String token = guestToken();
    String user = guestUser();
    String next = "next-" + Names.fresh();
    return new Step(
        elsewhere(node -> {
          Http there = Http.withToken(cluster.otherTenant(node), token);
          return () -> there.get(there.kmsPath("user-instances")).status();
        }),
        () -> {
          Http.withToken(guest, token)
              .post(
                  "/v3/users/" + user + "/password",
                  Map.of("user", Map.of("original_password", password, "password", next)))
              .ok();
          password = next;
        });
  }

  private Http.Answer guestLogin() {
    return Login.withPassword(guest, password, Login.projectById(guest)).ok();
  }

  private String guestToken() {
    return Login.tokenOf(guestLogin());
  }

  private String guestUser() {
    return guestLogin().json().at("/token/user/id").asText();
  }
}
