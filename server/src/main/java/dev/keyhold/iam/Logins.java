package dev.keyhold.iam;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.DomainId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/// Checks who logs in with a password.
///
/// Five failures in a row for one user name from one address lock that pair for five minutes; see
/// [Lockout] and, for networks, [SourceAddress]. Names of users that do not exist are counted and
/// hashed for as well, so neither the answer nor its time tells which names exist. What can't be a
/// name or a password at all is refused before: that tells of nothing but the request.
public final class Logins {
  private static final DomainId NO_DOMAIN = new DomainId("0".repeat(32));

  private record Attempt(Name domain, Name user, SourceAddress.Network from) {}

  private final IamRepository repository;
  private final Passwords passwords;
  private final Lockout<Attempt> lockout;
  private final Turns turns = new Turns("the login");

  /// @param nanoTime monotonic, as [System#nanoTime]
  public Logins(IamRepository repository, Passwords passwords, LongSupplier nanoTime) {
    this.repository = repository;
    this.passwords = passwords;
    this.lockout = new Lockout<>(attempt -> attempt.from().failures(), nanoTime);
  }

  /// May call [Blocking#ahead].
  ///
  /// @param sourceAddress the peer's IP address
  /// @throws KmsException.Unavailable when too many of this source's logins wait
  /// @return the user; empty when the domain or user is unknown or disabled, the password is wrong
  ///   or the address is locked: the caller must not learn which
  public Optional<User> check(
      String domainName, String userName, Password password, String sourceAddress) {
    return check(domainName, userName, password, sourceAddress, Function.identity());
  }

  /// Likewise, and does something for the user in the same turn, because it hashes once more.
  ///
  /// @return what was done; empty when nobody was admitted
  public <T> Optional<T> check(
      String domainName,
      String userName,
      Password password,
      String sourceAddress,
      Function<User, T> then) {
    Optional<Name> domain = Name.parse(domainName);
    Optional<Name> user = Name.parse(userName);
    if (domain.isEmpty() || user.isEmpty() || !Passwords.isPossible(password)) {
      return Optional.empty();
    }
    Blocking.ahead();
    List<Attempt> attempts =
        SourceAddress.networks(sourceAddress).stream()
            .map(from -> new Attempt(domain.get(), user.get(), from))
            .toList();
    // One at a time for each source: parallel guesses are counted as they are made, and one source
    // does not take all there is of slow hashing.
    return turns.take(
        attempts.getLast().from().text(), () -> checkInTurn(attempts, password).map(then));
  }

  private Optional<User> checkInTurn(List<Attempt> attempts, Password password) {
    if (attempts.stream().anyMatch(lockout::isLocked)) {
      return Optional.empty();
    }
    Attempt attempt = attempts.getFirst();
    // Two looks in any case: the time must not tell which domains exist.
    DomainId domain = repository.domain(attempt.domain()).map(Domain::id).orElse(NO_DOMAIN);
    Optional<User> known = repository.user(domain, attempt.user());
    boolean right = passwords.matches(password, known.map(User::password));
    Optional<User> admitted = known.filter(found -> right && found.enabled());
    attempts.forEach(admitted.isPresent() ? lockout::succeeded : lockout::failed);
    return admitted;
  }
}
