package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LoginsTest {
  private static final String HERE = "192.0.2.1";
  private static final String ELSEWHERE = "192.0.2.2";

  private final TestIam iam = new TestIam();

  @Test
  void admitsWhoKnowsThePassword() {
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).contains(iam.alice.user());
  }

  @Test
  void namesAreNormalisedButCaseCounts() {
    assertThat(login(" alice-domain", "alice\t", TestIam.PASSWORD, HERE)).isPresent();
    assertThat(login("alice-domain", "Alice", TestIam.PASSWORD, HERE)).isEmpty();
  }

  @Test
  void refusesEverybodyElse() {
    assertThat(login("alice-domain", "alice", "wrong", HERE)).isEmpty();
    assertThat(login("alice-domain", "mallory", TestIam.PASSWORD, HERE)).isEmpty();
    assertThat(login("mallory-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    assertThat(login("nowhere", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    assertThat(login("", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    assertThat(login("alice-domain", "x".repeat(10_000), TestIam.PASSWORD, HERE)).isEmpty();
  }

  @Test
  void refusesADisabledUser() {
    iam.admin.disableUser(iam.alice.user().id());
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
  }

  @Test
  void theOldPasswordIsOfNoUse() {
    iam.admin.changePassword(iam.alice.user().id(), new Password("a new password"));
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    assertThat(login("alice-domain", "alice", "a new password", HERE)).isPresent();
  }

  @Test
  void fiveFailuresLockThatAddressForFiveMinutes() {
    failures(5, "alice", HERE);
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    iam.pass(Duration.ofMinutes(5).minusNanos(1));
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
    iam.pass(Duration.ofNanos(1));
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isPresent();
  }

  @Test
  void guessesMadeAtOnceCountAsThoseMadeInTurn() {
    int before = iam.repository.reads();
    assertThat(login("alice-domain", "alice", "wrong", ELSEWHERE)).isEmpty();
    int readsOfOne = iam.repository.reads() - before;

    before = iam.repository.reads();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 16; i++) { // more would be told to come again
        threads.execute(() -> login("alice-domain", "alice", "wrong", HERE));
      }
    }
    assertThat(iam.repository.reads() - before).isEqualTo(5 * readsOfOne);
  }

  @Test
  void manyWhoKnowThePasswordAtOnceAreAllAdmitted() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var logins =
          IntStream.range(0, 12)
              .mapToObj(
                  _ -> threads.submit(() -> login("alice-domain", "alice", TestIam.PASSWORD, HERE)))
              .toList();
      for (var each : logins) {
        assertThat(each.get()).isPresent();
      }
    }
  }

  @Test
  void otherAddressesAndUsersDoNotNotice() {
    failures(10, "alice", HERE);
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, ELSEWHERE)).isPresent();
    assertThat(login("mallory-domain", "mallory", TestIam.PASSWORD, HERE)).isPresent();
  }

  @Test
  void fourFailuresAndASuccessStartAnew() {
    failures(4, "alice", HERE);
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isPresent();
    failures(4, "alice", HERE);
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isPresent();
  }

  @Test
  void anotherSpellingOfTheNameIsTheSameUser() {
    for (int i = 0; i < 5; i++) {
      login("alice-domain", " ".repeat(i) + "alice", "wrong", HERE);
    }
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isEmpty();
  }

  @Test
  void anotherAddressOfTheSameIpv6NetworkIsTheSameSource() {
    for (int i = 1; i <= 5; i++) {
      login("alice-domain", "alice", "wrong", "2001:db8:0:1::" + i);
    }
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, "2001:db8:0:1:ffff::1")).isEmpty();
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, "2001:db8:0:2::1")).isPresent();
  }

  /// Who has a /56 has 256 networks of one host, and who has a /48 has 65,536.
  @ParameterizedTest
  @CsvSource({
    "20, 2001:db8:0:1%02x::1, 2001:db8:0:1ff::1, 2001:db8:0:2ff::1",
    "60, 2001:db8:0:%02x00::1, 2001:db8:0:ff00::1, 2001:db8:1:ff00::1"
  })
  void networksOfOneSiteAreOneSourceInTheEnd(int most, String form, String same, String other) {
    for (int i = 0; i < most; i++) {
      assertThat(login("alice-domain", "alice", "wrong", form.formatted(i))).isEmpty();
    }
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, same)).isEmpty();
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, other)).isPresent();
  }

  @ParameterizedTest
  @CsvSource({
    "19, 2001:db8:0:1%02x::1, 2001:db8:0:1ff::1",
    "59, 2001:db8:0:%02x00::1, 2001:db8:0:ff00::1"
  })
  void neighboursInASiteAreNotLockedOutByAFewFailures(int most, String form, String same) {
    for (int i = 0; i < most; i++) {
      assertThat(login("alice-domain", "alice", "wrong", form.formatted(i))).isEmpty();
    }
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, same)).isPresent();
  }

  @Test
  void whatCanBeNoNameOrPasswordIsNotHashedFor() {
    var threads = new PasswordsTest.CountingThreads();
    var logins =
        new Logins(iam.repository, new Passwords(new SecureRandom(), threads), iam.time::nanoTime);
    for (String name : List.of("", " ", "x".repeat(65), "a\nb")) {
      assertThat(logins.check("alice-domain", name, new Password("wrong"), HERE)).isEmpty();
      assertThat(logins.check(name, "alice", new Password("wrong"), HERE)).isEmpty();
    }
    assertThat(logins.check("alice-domain", "alice", new Password("x".repeat(1025)), HERE))
        .isEmpty();
    assertThat(threads.computations).isZero();
    assertThat(logins.check("alice-domain", "alice", new Password("x".repeat(1024)), HERE))
        .isEmpty();
    assertThat(threads.computations).isEqualTo(1);
  }

  /// Or locks could be pushed out of memory by passwords that cost nobody anything.
  @Test
  void whatCanBeNoPasswordIsNotCounted() {
    for (int i = 0; i < 10; i++) {
      assertThat(login("alice-domain", "alice", "x".repeat(1025), HERE)).isEmpty();
    }
    assertThat(login("alice-domain", "alice", TestIam.PASSWORD, HERE)).isPresent();
  }

  /// Its time would tell.
  @Test
  void unknownDomainIsLookedUpAsOftenAsAKnownOne() {
    int before = iam.repository.reads();
    login("alice-domain", "nobody", "wrong", HERE);
    int known = iam.repository.reads() - before;
    login("nowhere", "nobody", "wrong", HERE);
    assertThat(iam.repository.reads() - before - known).isEqualTo(known);
  }

  @Test
  void whatIsDoneForTheUserIsDoneInTurn() {
    assertThat(change(TestIam.PASSWORD, "a new password")).contains(true);
    assertThat(change(TestIam.PASSWORD, "another password")).isEmpty();
    assertThat(login("alice-domain", "alice", "a new password", HERE)).isPresent();
  }

  private Optional<Boolean> change(String from, String to) {
    return iam.logins.check(
        "alice-domain",
        "alice",
        new Password(from),
        HERE,
        user -> iam.admin.changePassword(user, new Password(to)));
  }

  @Test
  void namesThatDoNotExistAreLockedJustAlike() {
    failures(5, "nobody", HERE);
    int reads = iam.repository.reads();
    assertThat(login("alice-domain", "nobody", "wrong", HERE)).isEmpty();
    assertThat(iam.repository.reads()).isEqualTo(reads);
  }

  private void failures(int count, String user, String source) {
    for (int i = 0; i < count; i++) {
      assertThat(login("alice-domain", user, "wrong", source)).isEmpty();
    }
  }

  private Optional<User> login(String domain, String user, String password, String source) {
    return iam.logins.check(domain, user, new Password(password), source);
  }
}
