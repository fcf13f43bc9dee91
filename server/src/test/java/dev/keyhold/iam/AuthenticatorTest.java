package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException.Rejected;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AuthenticatorTest {
  private static final byte[] NO_BODY = {};

  private final TestIam iam = new TestIam();

  @Test
  void aTokenMakesAPrincipalOfItsProject() {
    Principal principal =
        iam.authenticator.authenticate(
            request().set("X-Auth-Token", iam.tokenOf(iam.alice)), NO_BODY);
    assertThat(principal)
        .isEqualTo(
            new Principal(
                iam.alice.user().id(),
                "alice",
                iam.alice.domain().id(),
                Optional.of(iam.alice.project().id()),
                Principal.Method.TOKEN));
  }

  @Test
  void aSignatureMakesAPrincipalOfNoProjectYet() {
    Principal principal = iam.authenticator.authenticate(signed(), NO_BODY);
    assertThat(principal)
        .isEqualTo(
            new Principal(
                iam.alice.user().id(),
                "alice",
                iam.alice.domain().id(),
                Optional.empty(),
                Principal.Method.SIGNATURE,
                Optional.of(iam.alice.accessKey())));
  }

  @Test
  void withoutCredentialsNobodyCalls() {
    refuses(request());
    refuses(request().set("X-Auth-Token", ""));
  }

  @Test
  void twoTokensAreRefused() {
    String token = iam.tokenOf(iam.alice);
    refuses(request().add("X-Auth-Token", token).add("X-Auth-Token", token));
  }

  @Test
  void aSignatureDecidesWhenATokenCameToo() {
    var both = signed().set("X-Auth-Token", iam.tokenOf(iam.mallory));
    assertThat(iam.authenticator.authenticate(both, NO_BODY).userName()).isEqualTo("alice");
    refuses(both.method("PUT"));
  }

  @Test
  void aGoodTokenDoesNotExcuseAnotherAuthorization() {
    refuses(
        request()
            .set("X-Auth-Token", iam.tokenOf(iam.alice))
            .set("Authorization", "Basic YWxpY2U6c2VjcmV0"));
  }

  @Test
  void identityHeadersMeanNothing() {
    refuses(
        request()
            .set("X-User-Id", iam.alice.user().id().text())
            .set("X-Domain-Id", iam.alice.domain().id().text())
            .set("X-Identity-Status", "Confirmed")
            .set("X-Roles", "te_admin"));
  }

  private TestRequest signed() {
    return iam.alice.signer().sign(request(), NO_BODY, TestIam.START, "host", "x-sdk-date");
  }

  private static TestRequest request() {
    return new TestRequest("GET", "/v1.0/p/kms/user-quotas", "").set("Host", "kms.example");
  }

  private void refuses(TestRequest request) {
    assertThatThrownBy(() -> iam.authenticator.authenticate(request, NO_BODY))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected ->
                assertThat(rejected.error()).isEqualTo(GatewayError.INCORRECT_IAM_AUTHENTICATION));
  }
}
