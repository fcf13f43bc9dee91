package dev.keyhold.iam;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/// Checks who logs in with a password.
///
/// Five failures in a row for one user name from one address lock that pair for five minutes; see
/// [Lockout]. Names of users that do not exist are counted and hashed for as well, so neither the
/// answer nor its time tells which names exist.
public final class Logins {
  private static final int LOCKING_FAILURE = 5;
  private static final int STRIPES = 256;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private record Attempt(Name domain, Name user, String source) {}

  private final IamRepository repository;
  private final Passwords passwords;
  private final Lockout<Attempt> lockout;
  private final Lock[] turns = new Lock[STRIPES];

  /// @param nanoTime monotonic, as [System#nanoTime]
  public Logins(IamRepository repository, Passwords passwords, LongSupplier nanoTime) {
    this.repository = repository;
    this.passwords = passwords;
    this.lockout = new Lockout<>(LOCKING_FAILURE, nanoTime);
    Arrays.setAll(turns, _ -> new ReentrantLock());
  }

  /// May call [Blocking#ahead].
  ///
  /// @param sourceAddress the peer's IP address
  /// @throws KmsException.Unavailable when too many of this source's logins wait
  /// @return the user; empty when the domain or user is unknown or disabled, the password is wrong
  ///   or the address is locked: the caller must not learn which
  public Optional<User> check(
      String domainName, String userName, Password password, String sourceAddress) {
    Blocking.ahead();
    String source = SourceAddress.group(sourceAddress);
    Lock turn = turns[Math.floorMod(source.hashCode(), turns.length)];
    if (!await(turn)) {
      throw new KmsException.Unavailable("the login", new TimeoutException("others are first"));
    }
    try {
      return checkInTurn(domainName, userName, password, source);
    } finally {
      turn.unlock();
    }
  }

  /// One at a time for each source: parallel guesses are counted as they are made, and one source
  /// does not take all there is of slow hashing.
  private Optional<User> checkInTurn(
      String domainName, String userName, Password password, String source) {
    Optional<Name> domain = Name.parse(domainName);
    Optional<Name> user = Name.parse(userName);
    if (domain.isEmpty() || user.isEmpty()) {
      passwords.matches(password, Optional.empty());
      return Optional.empty();
    }
    var attempt = new Attempt(domain.get(), user.get(), source);
    if (lockout.isLocked(attempt)) {
      return Optional.empty();
    }
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

  private static boolean await(Lock turn) {
    try {
      return turn.tryLock(LONGEST_WAIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
