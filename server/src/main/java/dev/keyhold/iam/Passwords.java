package dev.keyhold.iam;

import dev.keyhold.crypto.Argon2Threads;
import dev.keyhold.crypto.Argon2id;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Unavailable;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.ExecutorService;

/// Hashes and checks passwords with Argon2id at 19 MiB and 2 passes, about 60 ms. Source: OWASP
/// Password Storage Cheat Sheet. At most two computations run at once, in a small heap one.
public final class Passwords {
  private static final Argon2Text PARAMETERS = new Argon2Text(19 * 1024, 2, 1);

  private static final String WHAT = "password hashing";

  /// Each takes 19 MiB: two of them would be most of a small heap.
  private static final int AT_ONCE = Runtime.getRuntime().maxMemory() < 96L * 1024 * 1024 ? 1 : 2;

  // Without 0 O 1 I l: people type passwords. 24 of these have 139 bits.
  private static final String LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
  private static final int RANDOM_CHARS = 24;

  private static final int LEAST_CHARS = 8;
  // No time goes into hashing what can't be a password.
  private static final int MOST_CHARS = 1024;

  private final SecureRandom random;
  private final Argon2Threads threads;
  // What a password is checked against when there is no user, so that the time does not tell. It is
  // the hash of no known password.
  private final PasswordHash nobodys;

  public Passwords(SecureRandom random) {
    this(random, new Argon2Threads(WHAT, AT_ONCE));
  }

  Passwords(SecureRandom random, ExecutorService threads) {
    this(random, new Argon2Threads(WHAT, threads));
  }

  private Passwords(SecureRandom random, Argon2Threads threads) {
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
    return threads.run(() -> PARAMETERS.hash(password, salt));
  }

  /// Makes a random password of 24 characters that are hard to confuse, and hashes it.
  ///
  /// @throws Unavailable when too many computations wait already
  public NewPassword random() {
    var password = Password.owning(RandomText.of(random, LEGIBLE, RANDOM_CHARS));
    try {
      return new NewPassword(password, hash(password));
    } catch (RuntimeException failure) {
      password.close();
      throw failure;
    }
  }

  /// Whether it is short enough for a password.
  static boolean isPossible(Password password) {
    return password.length() <= MOST_CHARS;
  }

  /// Whether `password` is the one that `stored` was made of. Without a stored hash, for a user
  /// that does not exist, it takes as long and the answer is no.
  ///
  /// @throws Unavailable when too many computations wait already
  public boolean matches(Password password, Optional<PasswordHash> stored) {
    if (!isPossible(password)) {
      return false;
    }
    boolean equal = threads.run(() -> Argon2Text.matches(password, stored.orElse(nobodys)));
    return equal && stored.isPresent();
  }
}
