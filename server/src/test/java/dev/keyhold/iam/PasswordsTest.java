package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Argon2id;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.error.KmsException.Unavailable;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PasswordsTest {
  private static final String RIGHT = "correct horse battery staple";
  // What the rules are about does not depend on what Argon2 costs.
  private static final Argon2Text CHEAP = new Argon2Text(64, 1, 1);
  private static final byte[] SALT = new byte[Argon2id.SALT_BYTES];

  private final CountingThreads threads = new CountingThreads();
  private final Passwords passwords = new Passwords(new SecureRandom(), threads);

  @Test
  void acceptsTheRightPassword() {
    PasswordHash stored = new Passwords(new SecureRandom()).hash(new Password(RIGHT));
    assertThat(stored.text())
        .matches("\\$argon2id\\$v=19\\$m=19456,t=2,p=1\\$[A-Za-z0-9+/]{22}\\$[A-Za-z0-9+/]{43}");
    assertThat(passwords.matches(new Password(RIGHT), Optional.of(stored))).isTrue();
    assertThat(passwords.matches(new Password(RIGHT + "!"), Optional.of(stored))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "correct horse battery stapl",
        "correct horse battery staple ",
        " correct horse battery staple",
        "correct horse battery stapleX",
        "Correct horse battery staple",
        "correct horse battery stapke",
        "correct horse battery staple\0",
        "correct horse battery staplé",
      })
  void refusesNearMisses(String wrong) {
    assertThat(matches(wrong, RIGHT)).isFalse();
  }

  @Test
  void everyCharacterOfALongPasswordCounts() {
    String common = "x".repeat(72);
    assertThat(matches(common + "a", common + "b")).isFalse();
    assertThat(matches(common, common + "b")).isFalse();
    assertThat(matches(common + "b", common + "b")).isTrue();
    String longest = "x".repeat(1023);
    assertThat(matches(longest + "a", longest + "b")).isFalse();
    assertThat(matches(longest + "b", longest + "b")).isTrue();
  }

  @Test
  void charactersBeyondAsciiCount() {
    assertThat(matches("密碼密碼密碼密碼", "密碼密碼密碼密碼")).isTrue();
    assertThat(matches("密碼密碼密碼密碼", "密碼密碼密碼密碰")).isFalse();
    assertThat(matches("pässwörd", "password")).isFalse();
    assertThat(matches("key 🔑 key", "key 🔑 key")).isTrue();
  }

  @Test
  void anOverlongPasswordIsRefusedWithoutHashing() {
    assertThat(matches("x".repeat(1025), RIGHT)).isFalse();
    assertThat(threads.computations).isZero();
  }

  @Test
  void aUserWhoDoesNotExistCostsTheSameComputation() {
    passwords.matches(new Password("A"), Optional.of(CHEAP.hash(new Password(RIGHT), SALT)));
    assertThat(threads.computations).isEqualTo(1);
    assertThat(passwords.matches(new Password("A"), Optional.empty())).isFalse();
    assertThat(threads.computations).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 1025})
  void newPasswordsHaveEightToManyCharacters(int length) {
    assertThatThrownBy(() -> passwords.hash(new Password("x".repeat(length))))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> assertThat(rejected.error()).isEqualTo(IamError.BAD_REQUEST));
  }

  @Test
  void equalPasswordsHaveDifferentHashes() {
    assertThat(passwords.hash(new Password(RIGHT)))
        .isNotEqualTo(passwords.hash(new Password(RIGHT)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "$2a$10$abcdefghijklmnopqrstuv",
        "$argon2id$v=19$m=9999999,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2id$v=19$m=64,t=99,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "$argon2i$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      })
  void aDamagedHashIsAFaultAndNotAWrongPassword(String damaged) {
    assertThatThrownBy(
            () -> passwords.matches(new Password(RIGHT), Optional.of(new PasswordHash(damaged))))
        .isInstanceOf(IllegalStateException.class)
        .hasRootCauseInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void doesNotHashWhereWaitingIsForbidden() {
    assertThatThrownBy(() -> Blocking.forbidden(() -> matches(RIGHT, RIGHT)))
        .isInstanceOf(Blocking.WouldBlock.class);
  }

  @Test
  void tooManyAtOnceAreToldToComeAgain() {
    threads.full = true;
    assertThatThrownBy(() -> passwords.matches(new Password(RIGHT), Optional.empty()))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void passwordsDoNotPrintAndWipeThemselves() {
    var password = new Password(RIGHT);
    assertThat(password.toString()).isEqualTo("Password[redacted]");
    password.close();
    assertThat(password.<String>lend(String::new)).isEqualTo("\0".repeat(RIGHT.length()));
    assertThat(CHEAP.hash(new Password(RIGHT), SALT).toString())
        .isEqualTo("PasswordHash[redacted]");
  }

  private boolean matches(String given, String stored) {
    return passwords.matches(
        new Password(given), Optional.of(CHEAP.hash(new Password(stored), SALT)));
  }

  /// Computes on the caller's thread and counts.
  static final class CountingThreads extends AbstractExecutorService {
    int computations;
    boolean full;

    @Override
    public void execute(Runnable command) {
      if (full) {
        throw new RejectedExecutionException("full");
      }
      computations++;
      command.run();
    }

    @Override
    public void shutdown() {}

    @Override
    public List<Runnable> shutdownNow() {
      return new ArrayList<>();
    }

    @Override
    public boolean isShutdown() {
      return false;
    }

    @Override
    public boolean isTerminated() {
      return false;
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) {
      return true;
    }
  }
}
