package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Password;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.TestIam;
import dev.keyhold.iam.Token;
import dev.keyhold.key.ProjectId;
import dev.keyhold.operation.TokenRequest.Auth;
import dev.keyhold.operation.TokenRequest.DomainScope;
import dev.keyhold.operation.TokenRequest.IdentityPart;
import dev.keyhold.operation.TokenRequest.PasswordPart;
import dev.keyhold.operation.TokenRequest.ProjectScope;
import dev.keyhold.operation.TokenRequest.Scope;
import dev.keyhold.operation.TokenRequest.UserDomain;
import dev.keyhold.operation.TokenRequest.UserPart;
import dev.keyhold.operation.TokenResponse.Named;
import dev.keyhold.operation.TokenResponse.TokenBody;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class IdentityTest {
  private static final String HERE = "192.0.2.1";
  private static final Optional<String> WITH_CATALOG = Optional.empty();

  private final TestIam iam = new TestIam();
  private final Identity identity =
      new Identity(
          iam.repository,
          iam.logins,
          iam.tokens,
          new ServiceCatalog("cn-north-4", "https://kms.example:8443"));
  private final String alicesDomain = iam.alice.domain().id().text();
  private final String alicesProject = iam.alice.project().id().text();

  @Test
  void issuesATokenForAProjectByName() {
    Identity.SubjectToken issued = issue(projectNamed("cn-north-4"));
    TokenBody body = issued.body().token();
    assertThat(body.issuedAt()).isEqualTo("2026-03-01T12:00:00.000000Z");
    assertThat(body.expiresAt()).isEqualTo("2026-03-02T12:00:00.000000Z");
    assertThat(body.methods()).containsExactly("password");
    assertThat(body.roles()).extracting(TokenResponse.Role::name).containsExactly("te_admin");
    assertThat(body.project())
        .contains(
            new TokenResponse.ScopedProject(
                alicesProject, "cn-north-4", new Named(alicesDomain, "alice-domain")));
    assertThat(body.domain()).isEmpty();
    assertThat(body.user())
        .isEqualTo(
            new TokenResponse.TokenUser(
                iam.alice.user().id().text(),
                "alice",
                "",
                new Named(alicesDomain, "alice-domain")));
    Token token = iam.tokens.verify(issued.subjectToken()).token();
    assertThat(token.scope()).contains(iam.alice.project().id());
    assertThat(issued.toString()).doesNotContain(issued.subjectToken());
  }

  @Test
  void issuesATokenForAProjectById() {
    assertThat(scopeOf(issue(projectWithId(alicesProject)))).isEqualTo(alicesProject);
  }

  @Test
  void aProjectsDomainMayBeNamedToo() {
    for (var domain : List.of(domain(alicesDomain, null), domain(null, "alice-domain"))) {
      var issued = issue(project(Optional.empty(), Optional.of("cn-north-4"), domain));
      assertThat(scopeOf(issued)).isEqualTo(alicesProject);
    }
  }

  private static String scopeOf(Identity.SubjectToken issued) {
    return issued.body().token().project().orElseThrow().id();
  }

  @Test
  void withoutAScopeTheTokenIsForTheDomain() {
    TokenBody body = issue(Optional.empty()).body().token();
    assertThat(body.domain()).contains(new Named(alicesDomain, "alice-domain"));
    assertThat(body.project()).isEmpty();
  }

  @Test
  void issuesATokenForTheDomainByNameOrId() {
    assertThat(issue(domainScope(alicesDomain, null)).body().token().domain()).isPresent();
    assertThat(issue(domainScope(null, "alice-domain")).body().token().domain()).isPresent();
  }

  @Test
  void othersProjectsAndDomainsAreNoScope() {
    refusesScope(projectWithId(iam.mallory.project().id().text()));
    refusesScope(projectWithId(ProjectId.random().text()));
    refusesScope(projectWithId("malformed"));
    refusesScope(projectNamed("nowhere"));
    refusesScope(domainScope(iam.mallory.domain().id().text(), null));
    refusesScope(domainScope(null, "mallory-domain"));
    refusesScope(domainScope(alicesDomain, "mallory-domain"));
    refusesScope(
        project(Optional.empty(), Optional.of("cn-north-4"), domain(null, "mallory-domain")));
  }

  @Test
  void aProjectIsFoundInTheUsersDomainThoughOthersHaveOneOfThatName() {
    var onlyMallorys =
        new Project(
            ProjectId.random(), iam.mallory.domain().id(), new dev.keyhold.iam.Name("eu-west-0"));
    iam.repository.insert(onlyMallorys);
    refusesScope(projectNamed("eu-west-0"));
  }

  @Test
  void unknownUserWrongPasswordAndLockedAddressAreOneAnswer() {
    String unknown = refusal("alice-domain", "nobody", TestIam.PASSWORD);
    String wrong = refusal("alice-domain", "alice", "wrong");
    String otherDomain = refusal("nowhere", "alice", TestIam.PASSWORD);
    for (int i = 0; i < 5; i++) {
      refusal("alice-domain", "alice", "wrong");
    }
    String locked = refusal("alice-domain", "alice", TestIam.PASSWORD);
    assertThat(List.of(wrong, otherDomain, locked)).containsOnly(unknown);
    assertThat(unknown).isEqualTo("The request you have made requires authentication.");
  }

  @Test
  void namesTheServicesUnlessAskedNotTo() {
    List<TokenResponse.Service> services =
        issue(Optional.empty()).body().token().catalog().orElseThrow();
    assertThat(services).extracting(TokenResponse.Service::type).containsExactly("identity", "kms");
    TokenResponse.Endpoint kms = services.getLast().endpoints().getFirst();
    assertThat(kms.url()).isEqualTo("https://kms.example:8443/v1.0");
    assertThat(kms.audience()).isEqualTo("public");
    assertThat(kms.regionId()).isEqualTo("cn-north-4");

    var request = request(Optional.empty());
    assertThat(identity.issue(request, Optional.of("true"), HERE).body().token().catalog())
        .isEmpty();
    assertThat(identity.issue(request, Optional.of("false"), HERE).body().token().catalog())
        .isEmpty();
    assertThat(identity.issue(request, Optional.of(""), HERE).body().token().catalog()).isPresent();
  }

  @Test
  void tellsWhatATokenIs() {
    Identity.SubjectToken issued = issue(projectNamed("cn-north-4"));
    assertThat(identity.show(alice(), Optional.of(issued.subjectToken()), WITH_CATALOG))
        .isEqualTo(issued);
  }

  @Test
  void aForeignADeadAndANonsensicalTokenAreNotFound() {
    String own = issue(Optional.empty()).subjectToken();
    String foreign = iam.tokenOf(iam.mallory);
    notFound(foreign);
    notFound(own + "x");
    notFound("");
    iam.pass(Duration.ofHours(24));
    notFound(own);
  }

  @Test
  void theSubjectTokenIsRequired() {
    rejected(IamError.BAD_REQUEST, () -> identity.show(alice(), Optional.empty(), WITH_CATALOG));
  }

  @Test
  void badRequestsNameWhatIsWrong() {
    assertThat(
            rejected(
                IamError.BAD_REQUEST,
                () -> new IdentityPart(List.of("token"), new PasswordPart(user()))))
        .contains("auth.identity.methods");
    rejected(
        IamError.BAD_REQUEST,
        () -> new IdentityPart(List.of("password", "totp"), new PasswordPart(user())));
    rejected(IamError.BAD_REQUEST, () -> new Scope(Optional.empty(), Optional.empty()));
    rejected(
        IamError.BAD_REQUEST,
        () -> new ProjectScope(Optional.of("a"), Optional.of("b"), Optional.empty()));
    rejected(IamError.BAD_REQUEST, () -> new DomainScope(Optional.empty(), Optional.empty()));
  }

  @Test
  void closingTheRequestWipesThePassword() {
    var request = request(Optional.empty());
    assertThat(request.toString()).doesNotContain(TestIam.PASSWORD);
    request.close();
    assertThat(request.auth().identity().password().user().password().<String>lend(String::new))
        .isEqualTo("\0".repeat(TestIam.PASSWORD.length()));
  }

  private Principal alice() {
    return new Principal(
        iam.alice.user().id(),
        "alice",
        iam.alice.domain().id(),
        Optional.empty(),
        Principal.Method.TOKEN);
  }

  private Identity.SubjectToken issue(Optional<Scope> scope) {
    return identity.issue(request(scope), WITH_CATALOG, HERE);
  }

  private static TokenRequest request(Optional<Scope> scope) {
    return request("alice-domain", "alice", TestIam.PASSWORD, scope);
  }

  private static TokenRequest request(
      String domain, String user, String password, Optional<Scope> scope) {
    return new TokenRequest(
        new Auth(
            new IdentityPart(
                List.of("password"),
                new PasswordPart(
                    new UserPart(user, new Password(password), new UserDomain(domain)))),
            scope));
  }

  private static UserPart user() {
    return new UserPart("alice", new Password(TestIam.PASSWORD), new UserDomain("alice-domain"));
  }

  private static Optional<Scope> projectNamed(String name) {
    return project(Optional.empty(), Optional.of(name), Optional.empty());
  }

  private static Optional<Scope> projectWithId(String id) {
    return project(Optional.of(id), Optional.empty(), Optional.empty());
  }

  private static Optional<Scope> project(
      Optional<String> id, Optional<String> name, Optional<DomainScope> domain) {
    return Optional.of(
        new Scope(Optional.of(new ProjectScope(id, name, domain)), Optional.empty()));
  }

  private static Optional<Scope> domainScope(@Nullable String id, @Nullable String name) {
    return Optional.of(new Scope(Optional.empty(), domain(id, name)));
  }

  private static Optional<DomainScope> domain(@Nullable String id, @Nullable String name) {
    return Optional.of(new DomainScope(Optional.ofNullable(id), Optional.ofNullable(name)));
  }

  private void refusesScope(Optional<Scope> scope) {
    assertThat(rejected(IamError.UNAUTHORIZED, () -> issue(scope)))
        .endsWith("auth.scope names nothing that is the user's.");
  }

  private String refusal(String domain, String user, String password) {
    return rejected(
        IamError.UNAUTHORIZED,
        () ->
            identity.issue(
                request(domain, user, password, projectNamed("cn-north-4")), WITH_CATALOG, HERE));
  }

  private void notFound(String token) {
    assertThat(
            rejected(
                IamError.NOT_FOUND, () -> identity.show(alice(), Optional.of(token), WITH_CATALOG)))
        .isEqualTo(IamError.NOT_FOUND.meaning());
  }

  private static String rejected(ApiError error, ThrowingCallable call) {
    var message = new StringBuilder();
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.error()).isEqualTo(error);
              message.append(rejected.detail());
            });
    return message.toString();
  }
}
