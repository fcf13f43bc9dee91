package dev.keyhold.operation;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Password;
import java.util.List;
import java.util.Optional;

/// The body of `POST /v3/auth/tokens`. Source: IAM API Reference, "Obtaining a User Token Through
/// Password Authentication"; Keystone's Identity API v3.
///
///     {"auth": {"identity": {"methods": ["password"],
///                            "password": {"user": {"name": .., "password": ..,
///                                                  "domain": {"name": ..}}}},
///               "scope": {"project": {"name": ..} or {"id": ..}} or {"domain": {"name" or "id"}}}}
public record TokenRequest(Auth auth) implements AutoCloseable {
  public TokenRequest {
    Require.identityMember("auth", auth);
  }

  public record Auth(IdentityPart identity, Optional<Scope> scope) {
    public Auth {
      Require.identityMember("auth.identity", identity);
    }
  }

  /// @param methods exactly `password`
  public record IdentityPart(List<String> methods, PasswordPart password) {
    public IdentityPart {
      Require.identityMember("auth.identity.methods", methods);
      if (!methods.equals(List.of(Identity.PASSWORD_METHOD))) {
        throw wrong("auth.identity.methods must be [\"password\"]: no other method is supported.");
      }
      Require.identityMember("auth.identity.password", password);
    }
  }

  public record PasswordPart(UserPart user) {
    public PasswordPart {
      Require.identityMember("auth.identity.password.user", user);
    }
  }

  public record UserPart(String name, Password password, UserDomain domain) {
    public UserPart {
      Require.identityMember("auth.identity.password.user.name", name);
      Require.identityMember("auth.identity.password.user.password", password);
      Require.identityMember("auth.identity.password.user.domain", domain);
    }
  }

  public record UserDomain(String name) {
    public UserDomain {
      Require.identityMember("auth.identity.password.user.domain.name", name);
    }
  }

  /// What the token is for: one of the two.
  public record Scope(Optional<ProjectScope> project, Optional<DomainScope> domain) {
    public Scope {
      if (project.isPresent() == domain.isPresent()) {
        throw wrong("auth.scope must have either project or domain.");
      }
    }
  }

  /// @param domain whose project a name means; the user's when absent
  public record ProjectScope(
      Optional<String> id, Optional<String> name, Optional<DomainScope> domain) {
    public ProjectScope {
      if (id.isPresent() == name.isPresent()) {
        throw wrong("auth.scope.project must have either id or name.");
      }
    }
  }

  public record DomainScope(Optional<String> id, Optional<String> name) {
    public DomainScope {
      if (id.isEmpty() && name.isEmpty()) {
        throw wrong("a domain in auth.scope must have an id or a name.");
      }
    }
  }

  @Override
  public void close() {
    auth.identity().password().user().password().close();
  }

  private static Rejected wrong(String detail) {
    return IamError.BAD_REQUEST.rejected(detail);
  }
}
