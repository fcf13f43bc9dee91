package dev.keyhold.operation;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.Logins;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.Token;
import dev.keyhold.iam.Tokens;
import dev.keyhold.iam.User;
import dev.keyhold.key.ProjectId;
import dev.keyhold.operation.TokenResponse.Named;
import dev.keyhold.operation.TokenResponse.ScopedProject;
import dev.keyhold.operation.TokenResponse.TokenBody;
import dev.keyhold.operation.TokenResponse.TokenUser;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Tokens of the identity API: `POST` and `GET /v3/auth/tokens`. Source: IAM API Reference, "Token
/// Management".
public final class Identity {
  static final String PASSWORD_METHOD = "password";

  /// Every user may do everything in their domain until policies come; the cloud calls that so.
  private static final List<TokenResponse.Role> ROLES =
      List.of(new TokenResponse.Role("0", "te_admin"));

  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final IamRepository repository;
  private final Logins logins;
  private final Tokens tokens;
  private final ServiceCatalog catalog;

  public Identity(IamRepository repository, Logins logins, Tokens tokens, ServiceCatalog catalog) {
    this.repository = repository;
    this.logins = logins;
    this.tokens = tokens;
    this.catalog = catalog;
  }

  /// @param subjectToken the value of the header `X-Subject-Token`, a secret
  public record SubjectToken(String subjectToken, TokenResponse body) {
    @Override
    public String toString() {
      return "SubjectToken[redacted]";
    }
  }

  /// Issues a token for a password. Without a scope it is for the user's domain.
  ///
  /// @param nocatalog the query parameter: present and not empty, it leaves the catalog out
  /// @param sourceAddress the caller's IP address, for counting failures
  /// @throws Rejected [IamError#UNAUTHORIZED], alike for an unknown user, a wrong password and a
  ///   locked address; and for a scope that is not the user's
  public SubjectToken issue(
      TokenRequest request, Optional<String> nocatalog, String sourceAddress) {
    TokenRequest.UserPart login = request.auth().identity().password().user();
    User user =
        logins
            .check(login.domain().name(), login.name(), login.password(), sourceAddress)
            .orElseThrow(IamError.UNAUTHORIZED::rejected);
    AuditScope.caller(user.domain().text(), user.id().text(), "password");
    Domain domain = domainOf(user);
    Optional<ProjectId> scope =
        request.auth().scope().flatMap(wanted -> projectScope(wanted, domain));
    Token.Issued issued = tokens.issue(user, scope);
    return new SubjectToken(
        issued.text(), describe(issued.token(), user, domain, isCatalogWanted(nocatalog)));
  }

  /// Tells what a token is: the caller's own, or another of their domain.
  ///
  /// @param subjectToken the header `X-Subject-Token`
  /// @throws Rejected [IamError#NOT_FOUND], alike for a token that is no more, never was or belongs
  ///   to another domain
  public SubjectToken show(
      Principal caller, Optional<String> subjectToken, Optional<String> nocatalog) {
    String text =
        subjectToken.orElseThrow(
            () -> IamError.BAD_REQUEST.rejected("The header X-Subject-Token is required."));
    Tokens.Verified subject = subject(text);
    if (!subject.user().domain().equals(caller.domain())) {
      throw IamError.NOT_FOUND.rejected();
    }
    User user = subject.user();
    return new SubjectToken(
        text, describe(subject.token(), user, domainOf(user), isCatalogWanted(nocatalog)));
  }

  private Tokens.Verified subject(String text) {
    try {
      return tokens.verify(text);
    } catch (Rejected _) {
      throw IamError.NOT_FOUND.rejected();
    }
  }

  /// The project of a scope; empty for the domain itself.
  private Optional<ProjectId> projectScope(TokenRequest.Scope wanted, Domain domain) {
    wanted.domain().ifPresent(named -> requireOwn(named, domain));
    return wanted
        .project()
        .map(project -> {
          project.domain().ifPresent(named -> requireOwn(named, domain));
          return ownProject(project, domain).orElseThrow(Identity::foreignScope).id();
        });
  }

  /// By name as by id, only the user's own domain is searched: others' projects do not exist.
  private Optional<Project> ownProject(TokenRequest.ProjectScope wanted, Domain domain) {
    Optional<Project> byId =
        wanted
            .id()
            .filter(ProjectId::isWellFormed)
            .flatMap(id -> repository.project(new ProjectId(id)))
            .filter(project -> project.domain().equals(domain.id()));
    return byId.or(() ->
        wanted.name().flatMap(Name::parse).flatMap(name -> repository.project(domain.id(), name)));
  }

  private static void requireOwn(TokenRequest.DomainScope named, Domain domain) {
    boolean sameId = named.id().map(domain.id().text()::equals).orElse(true);
    boolean sameName =
        named.name().map(name -> Name.parse(name).equals(Optional.of(domain.name()))).orElse(true);
    if (!sameId || !sameName) {
      throw foreignScope();
    }
  }

  private static Rejected foreignScope() {
    return IamError.UNAUTHORIZED.rejected("auth.scope names nothing that is the user's.");
  }

  private Domain domainOf(User user) {
    return repository
        .domain(user.domain())
        .orElseThrow(() -> new IllegalStateException("a user without a domain"));
  }

  private TokenResponse describe(Token token, User user, Domain domain, boolean catalogWanted) {
    var named = new Named(domain.id().text(), domain.name().text());
    return new TokenResponse(
        new TokenBody(
            time(token.expiresAt()),
            time(token.issuedAt()),
            List.of(PASSWORD_METHOD),
            catalogWanted ? Optional.of(catalog.services()) : Optional.empty(),
            ROLES,
            token.scope().map(id -> scopedProject(id, named)),
            token.scope().isPresent() ? Optional.empty() : Optional.of(named),
            new TokenUser(user.id().text(), user.name().text(), "", named)));
  }

  private ScopedProject scopedProject(ProjectId id, Named domain) {
    Project project =
        repository
            .project(id)
            .orElseThrow(() -> new IllegalStateException("a token for a project that is gone"));
    return new ScopedProject(id.text(), project.name().text(), domain);
  }

  private static boolean isCatalogWanted(Optional<String> nocatalog) {
    return nocatalog.filter(value -> !value.isEmpty()).isEmpty();
  }

  private static String time(Instant instant) {
    return TIME.format(instant);
  }
}
