package dev.keyhold.iam;

import dev.keyhold.error.Blocking;
import java.util.Optional;
import java.util.function.LongSupplier;

/// Checks who logs in with a password.
///
/// Five failures in a row for one user name from one address lock that pair for five minutes; see
/// [Lockout]. Names of users that do not exist are counted and hashed for as well, so neither the
/// answer nor its time tells which names exist.
public final class Logins {
  private static final int LOCKING_FAILURE = 5;

  private record Attempt(Name domain, Name user, String source) {}

  private final IamRepository repository;
  private final Passwords passwords;
  private final Lockout<Attempt> lockout;

  /// @param nanoTime monotonic, as [System#nanoTime]
  public Logins(IamRepository repository, Passwords passwords, LongSupplier nanoTime) {
    this.repository = repository;
    this.passwords = passwords;
    this.lockout = new Lockout<>(LOCKING_FAILURE, nanoTime);
  }

  /// May call [Blocking#ahead].
  ///
  /// @param sourceAddress the peer's IP address
  /// @return the user; empty when the domain or user is unknown or disabled, the password is wrong
  ///   or the address is locked: the caller must not learn which
  public Optional<User> check(
      String domainName, String userName, Password password, String sourceAddress) {
    Optional<Name> domain = Name.parse(domainName);
    Optional<Name> user = Name.parse(userName);
    if (domain.isEmpty() || user.isEmpty()) {
      passwords.matches(password, Optional.empty());
      return Optional.empty();
    }
    var attempt = new Attempt(domain.get(), user.get(), SourceAddress.group(sourceAddress));
    if (lockout.isLocked(attempt)) {
      return Optional.empty();
    }
    Blocking.ahead();
    Optional<User> known =
        repository.domain(domain.get()).flatMap(found -> repository.user(found.id(), user.get()));
    boolean right = passwords.matches(password, known.map(User::password));
    Optional<User> admitted = known.filter(found -> right && found.enabled());
    if (admitted.isPresent()) {
      lockout.succeeded(attempt);
    } else {
      lockout.failed(attempt);
    }
    return admitted;
  }
}
