package dev.keyhold.operation;

import dev.keyhold.error.IamError;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.Logins;
import dev.keyhold.iam.Password;
import dev.keyhold.iam.Principal;
import java.util.Arrays;

/// Users change their own password: `POST /v3/users/{user_id}/password`. Source: IAM API Reference,
/// "Changing the Login Password".
public final class PasswordChange {
  private final IamRepository repository;
  private final Logins logins;
  private final IamAdmin admin;

  public PasswordChange(IamRepository repository, Logins logins, IamAdmin admin) {
    this.repository = repository;
    this.logins = logins;
    this.admin = admin;
  }

  public record Request(UserPart user) implements AutoCloseable {
    public Request {
      Require.identityMember("user", user);
    }

    @Override
    public void close() {
      user.password().close();
      user.originalPassword().close();
    }
  }

  /// @param password the new one, 8 to 1024 characters
  public record UserPart(Password password, Password originalPassword) {
    public UserPart {
      Require.identityMember("user.password", password);
      Require.identityMember("user.original_password", originalPassword);
    }
  }

  /// Changes the password. All tokens of the user die, the caller's too.
  ///
  /// @param userId from the path
  /// @param sourceAddress the caller's IP address: a wrong original password counts as a failed
  ///   login, or a stolen token would be a way to guess on
  /// @throws dev.keyhold.error.KmsException.Rejected [IamError#FORBIDDEN] for a user that is not
  ///   the caller, whether there is one or not; [IamError#UNAUTHORIZED] for a wrong original
  ///   password and a locked address; [IamError#BAD_REQUEST] for a new one that won't do
  public void change(Principal caller, String userId, Request request, String sourceAddress) {
    if (!caller.user().text().equals(userId)) {
      throw IamError.FORBIDDEN.rejected();
    }
    Password original = request.user().originalPassword();
    Password wanted = request.user().password();
    // Before anything is hashed: it can be told of the request alone.
    if (wanted.<Boolean>lend(chars -> original.lend(others -> Arrays.equals(chars, others)))) {
      throw IamError.BAD_REQUEST.rejected("user.password must differ from the original one.");
    }
    Domain domain =
        repository
            .domain(caller.domain())
            .orElseThrow(() -> new IllegalStateException("a user without a domain"));
    boolean changed =
        logins
            .check(
                domain.name().text(),
                caller.userName(),
                original,
                sourceAddress,
                user -> user.id().equals(caller.user()) && admin.changePassword(user, wanted))
            .orElse(false);
    if (!changed) {
      throw IamError.UNAUTHORIZED.rejected(); // or another change was first
    }
  }
}
