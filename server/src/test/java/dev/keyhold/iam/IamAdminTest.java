package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class IamAdminTest {
  private static final Name DOMAIN = new Name("example");
  private static final Name PROJECT = new Name("cn-north-4");
  private static final Name USER = new Name("admin");

  private final TestIam iam = new TestIam();

  @Test
  void aNewTenantCanLogInAndSign() {
    try (Credentials made = iam.admin.createTenant(DOMAIN, PROJECT, USER)) {
      assertThat(iam.logins.check("example", "admin", made.password(), "192.0.2.1"))
          .map(User::id)
          .contains(made.userId());
      var signer = made.secretKey().lend(sk -> new TestSigner(made.accessKey().text(), sk.clone()));
      var request =
          signer.sign(new TestRequest("GET", "/", ""), new byte[0], TestIam.START, "x-sdk-date");
      Principal principal = iam.authenticator.authenticate(request, new byte[0]);
      assertThat(principal.userName()).isEqualTo("admin");
      assertThat(iam.tenancy.enter(principal, made.project().id().text()).project())
          .isEqualTo(made.project().id());
    }
  }

  @Test
  void credentialsHaveTheCloudsForm() {
    try (Credentials made = iam.admin.createTenant(DOMAIN, PROJECT, USER)) {
      assertThat(made.accessKey().text()).matches("[A-Z0-9]{20}");
      assertThat(secretOf(made)).matches("[A-Za-z0-9]{40}");
      assertThat(made.password().<String>lend(String::new)).matches("[A-HJ-NP-Za-km-z2-9]{24}");
    }
  }

  @Test
  void credentialsDoNotPrintSecretsAndTheSecretIsStoredWrapped() {
    try (Credentials made = iam.admin.createTenant(DOMAIN, PROJECT, USER)) {
      String secret = secretOf(made);
      assertThat(made.toString())
          .doesNotContain(secret)
          .doesNotContain(made.password().<String>lend(String::new));
      AccessKey stored = iam.repository.accessKey(made.accessKey()).orElseThrow();
      assertThat(new String(stored.wrappedSecret().lent(), StandardCharsets.ISO_8859_1))
          .doesNotContain(secret);
    }
  }

  @Test
  void aTakenDomainNameIsAConflict() {
    iam.admin.createTenant(DOMAIN, PROJECT, USER).close();
    assertThatThrownBy(() -> iam.admin.createTenant(DOMAIN, PROJECT, USER))
        .isInstanceOfSatisfying(
            Rejected.class, rejected -> assertThat(rejected.error()).isEqualTo(IamError.CONFLICT));
  }

  @Test
  void changesOfTheUnknownChangeNothing() {
    assertThat(iam.admin.changePassword(UserId.random(), new Password("long enough"))).isFalse();
    assertThat(iam.admin.disableUser(UserId.random())).isFalse();
    assertThat(iam.admin.disableAccessKey(new AccessKeyId("NOSUCH"))).isFalse();
  }

  private static String secretOf(Credentials credentials) {
    return credentials.secretKey().lend(bytes -> new String(bytes, StandardCharsets.US_ASCII));
  }
}
