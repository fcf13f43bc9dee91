package dev.keyhold.iam;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Unavailable;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Hashes and checks passwords with Argon2id at 19 MiB and 2 passes, about 60 ms. Source: OWASP
/// Password Storage Cheat Sheet.
///
/// At most two computations run at once, or memory would be the denial of service. They run on
/// threads of their own: a computation never yields, so on virtual threads two of them would hold
/// up all other work of a small machine.
public final class Passwords {
  private static final Argon2id PARAMETERS = new Argon2id(19 * 1024, 2, 1);

  private static final int AT_ONCE = 2;
  private static final int MOST_WAITING = 64;
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

  private static final int LEAST_CHARS = 8;
  // No time goes into hashing what can't be a password.
  private static final int MOST_CHARS = 1024;

  private final SecureRandom random;
  private final ExecutorService threads;
  // What a password is checked against when there is no user, so that the time does not tell. It is
  // the hash of no known password.
  private final PasswordHash nobodys;

  public Passwords(SecureRandom random) {
    this(random, ownThreads());
  }

  Passwords(SecureRandom random, ExecutorService threads) {
    this.random = random;
    this.threads = threads;
    this.nobodys =
        new PasswordHash("$argon2id$v=19$m=19456,t=2,p=1$" + "A".repeat(22) + "$" + "A".repeat(43));
  }

  /// Hashes a new password of 8 to 1024 characters.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.BAD_REQUEST` for another length
  /// @throws Unavailable when too many computations wait already
  public PasswordHash hash(Password password) {
    if (password.length() < LEAST_CHARS || password.length() > MOST_CHARS) {
      throw IamError.BAD_REQUEST.rejected("A password must have 8 to 1024 characters.");
    }
    byte[] salt = new byte[Argon2id.SALT_BYTES];
    random.nextBytes(salt);
    return run(() -> PARAMETERS.hash(password, salt));
  }

  /// Whether `password` is the one that `stored` was made of. Without a stored hash, for a user
  /// that does not exist, it takes as long and the answer is no.
  ///
  /// @throws Unavailable when too many computations wait already
  public boolean matches(Password password, Optional<PasswordHash> stored) {
    if (password.length() > MOST_CHARS) {
      return false;
    }
    boolean equal = run(() -> Argon2id.matches(password, stored.orElse(nobodys)));
    return equal && stored.isPresent();
  }

  private <T> T run(Callable<T> computation) {
    Blocking.ahead();
    Future<T> result;
    try {
      result = threads.submit(computation);
    } catch (RejectedExecutionException e) {
      throw new Unavailable("password hashing", e);
    }
    try {
      return result.get(LONGEST_WAIT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException e) {
      result.cancel(false);
      throw new Unavailable("password hashing", e);
    } catch (InterruptedException e) {
      result.cancel(false);
      Thread.currentThread().interrupt();
      throw new Unavailable("password hashing", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("password hashing failed", e.getCause());
    }
  }

  private static ExecutorService ownThreads() {
    var threads =
        new ThreadPoolExecutor(
            AT_ONCE,
            AT_ONCE,
            30,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_WAITING),
            Thread.ofPlatform().daemon().name("password-hash-", 1).factory());
    threads.allowCoreThreadTimeOut(true);
    return threads;
  }
}
