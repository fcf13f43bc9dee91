package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.key.ProjectId;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TenancyTest {
  private final TestIam iam = new TestIam();
  private final ProjectId alices = iam.alice.project().id();
  private final Principal signer = principal(Optional.empty(), Principal.Method.SIGNATURE);
  private final Principal bearer = principal(Optional.of(alices), Principal.Method.TOKEN);

  @Test
  void letsCallersIntoTheirOwnProject() {
    assertThat(iam.tenancy.enter(signer, alices.text())).isEqualTo(new Caller(signer, alices));
    assertThat(iam.tenancy.enter(bearer, alices.text())).isEqualTo(new Caller(bearer, alices));
  }

  @Test
  void aForeignAnUnknownAndAMalformedProjectAreOneAnswer() {
    for (Principal principal : new Principal[] {signer, bearer}) {
      refuses(principal, iam.mallory.project().id().text());
      refuses(principal, ProjectId.random().text());
      refuses(principal, alices.text().toUpperCase(Locale.ROOT));
      refuses(principal, alices.text() + " ");
      refuses(principal, "{project_id}");
      refuses(principal, "");
    }
  }

  @Test
  void aTokenIsForItsProjectAlone() {
    var second = new Project(ProjectId.random(), iam.alice.domain().id(), new Name("eu-west-0"));
    iam.repository.insert(second);
    refuses(bearer, second.id().text());
    assertThat(iam.tenancy.enter(signer, second.id().text()).project()).isEqualTo(second.id());
  }

  @Test
  void aDomainTokenIsForNoProject() {
    refuses(principal(Optional.empty(), Principal.Method.TOKEN), alices.text());
  }

  @Test
  void theHeaderMustNameTheSameProject() {
    String own = alices.text();
    assertThat(iam.tenancy.enter(signer, own, Optional.of(own)).project()).isEqualTo(alices);
    assertThat(iam.tenancy.enter(signer, own, Optional.empty()).project()).isEqualTo(alices);
    assertRefused(
        () -> iam.tenancy.enter(signer, own, Optional.of(iam.mallory.project().id().text())));
  }

  @Test
  void aNewProjectIsFoundAfterInvalidation() {
    iam.tenancy.enter(signer, alices.text());
    var second = new Project(ProjectId.random(), iam.alice.domain().id(), new Name("eu-west-0"));
    iam.repository.insert(second);
    iam.tenancy.invalidate(iam.alice.domain().id());
    assertThat(iam.tenancy.enter(signer, second.id().text()).project()).isEqualTo(second.id());
  }

  @Test
  void foreignAndUnknownProjectsCostTheSameQueries() {
    iam.tenancy.enter(signer, alices.text());
    int reads = iam.repository.reads();
    refuses(signer, iam.mallory.project().id().text());
    refuses(signer, ProjectId.random().text());
    assertThat(iam.repository.reads()).isEqualTo(reads);
  }

  @Test
  void doesNotWaitForTheStoreWhereWaitingIsForbidden() {
    assertThatThrownBy(() -> Blocking.forbidden(() -> iam.tenancy.enter(signer, alices.text())))
        .isInstanceOf(Blocking.WouldBlock.class);
    iam.tenancy.enter(signer, alices.text());
    Blocking.forbidden(() -> iam.tenancy.enter(signer, alices.text()));
  }

  private Principal principal(Optional<ProjectId> scope, Principal.Method method) {
    return new Principal(iam.alice.user().id(), "alice", iam.alice.domain().id(), scope, method);
  }

  private void refuses(Principal principal, String project) {
    assertRefused(() -> iam.tenancy.enter(principal, project));
  }

  private static void assertRefused(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.error()).isEqualTo(KmsError.WRONG_PROJECT);
              assertThat(rejected.detail()).isEqualTo(KmsError.WRONG_PROJECT.meaning());
            });
  }
}
