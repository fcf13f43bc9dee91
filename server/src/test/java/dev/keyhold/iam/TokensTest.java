package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException.Rejected;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private final TestIam iam = new TestIam();
  private final User alice = iam.alice.user();
  private final String token = iam.tokenOf(iam.alice);

  @Test
  void tellsWhatItWasIssuedFor() {
    Tokens.Verified verified = iam.tokens.verify(token);
    assertThat(verified.user()).isEqualTo(alice);
    assertThat(verified.token())
        .isEqualTo(
            new Token(
                alice.id(),
                alice.domain(),
                Optional.of(iam.alice.project().id()),
                TestIam.START,
                TestIam.START.plus(Duration.ofHours(24)),
                0));
  }

  @Test
  void aDomainTokenHasNoProject() {
    String text = iam.tokens.issue(alice, Optional.empty()).text();
    assertThat(iam.tokens.verify(text).token().scope()).isEmpty();
  }

  @Test
  void isShortAndSafeInAHeader() {
    assertThat(token).matches("[A-Za-z0-9_-]{164}");
  }

  @Test
  void noTwoTokensAreAlike() {
    Set<String> tokens = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      assertThat(tokens.add(iam.tokenOf(iam.alice))).isTrue();
    }
  }

  @Test
  void doesNotPrintItself() {
    Token.Issued issued = iam.tokens.issue(alice, Optional.empty());
    assertThat(issued.toString()).doesNotContain(issued.text());
  }

  @Test
  void livesForTwentyFourHoursAndNotLonger() {
    iam.pass(Duration.ofHours(24).minusMillis(1));
    iam.tokens.verify(token);
    iam.pass(Duration.ofMillis(1));
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  @Test
  void doesNotLiveLongerWhenTheClockIsSetBack() {
    iam.pass(Duration.ofHours(12));
    iam.time.setWall(iam.time.instant().minus(Duration.ofMinutes(5)));
    iam.pass(Duration.ofHours(12));
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  @Test
  void doesNotLiveLongerWhenTheClockJumpsToAndFro() {
    iam.time.setWall(TestIam.START.plus(Duration.ofHours(1)));
    String issuedInTheJump = iam.tokenOf(iam.alice);
    iam.time.setWall(TestIam.START);
    iam.tokens.verify(issuedInTheJump);
    iam.pass(Duration.ofHours(24));
    refuses(issuedInTheJump, GatewayError.TOKEN_EXPIRED);
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 25, 31 * 24})
  void aClockThatJumpedAheadAndBackIssuesWhatOthersTake(long hours) {
    iam.pass(Duration.ofMinutes(1));
    iam.time.setWall(iam.time.instant().plus(Duration.ofHours(hours)));
    String issuedInTheJump = iam.tokenOf(iam.alice);
    iam.pass(Duration.ofSeconds(1));
    iam.time.setWall(iam.time.instant().minus(Duration.ofHours(hours)));
    String issuedAfterIt = iam.tokenOf(iam.alice);
    Tokens elsewhere = iam.tokensAfterRestart();

    iam.tokens.verify(issuedInTheJump);
    iam.tokens.verify(issuedAfterIt);
    elsewhere.verify(issuedAfterIt);
    assertRefused(elsewhere, issuedInTheJump, GatewayError.INCORRECT_IAM_AUTHENTICATION);
    if (hours >= 24) {
      refuses(token, GatewayError.TOKEN_EXPIRED); // and does not come back
    }

    iam.pass(Duration.ofHours(24).minusSeconds(2));
    iam.tokens.verify(issuedAfterIt);
    elsewhere.verify(issuedAfterIt);
    iam.pass(Duration.ofSeconds(2));
    refuses(issuedAfterIt, GatewayError.TOKEN_EXPIRED);
    refuses(issuedInTheJump, GatewayError.TOKEN_EXPIRED);
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  /// What has the same date may be from before the clock was set back, or from after.
  @Test
  void aDateThatCameTwiceIsTakenForTheFirst() {
    iam.pass(Duration.ofMinutes(50));
    String before = iam.tokenOf(iam.alice);
    iam.time.setWall(TestIam.START);
    iam.tokens.verify(before);
    iam.pass(Duration.ofMinutes(50));
    String after = iam.tokenOf(iam.alice);
    iam.pass(Duration.ofHours(24).minusMinutes(50));
    refuses(before, GatewayError.TOKEN_EXPIRED);
    refuses(after, GatewayError.TOKEN_EXPIRED);
  }

  /// Many small steps, each of them one that is noticed.
  @Test
  void aRestlessClockNeverLengthensALife() {
    for (int i = 0; i < 100; i++) {
      String issued = iam.tokenOf(iam.alice);
      iam.time.setWall(iam.time.instant().plus(Duration.ofMinutes(i % 3 == 0 ? 7 : -4)));
      iam.tokens.verify(issued);
      iam.pass(Duration.ofSeconds(10));
    }
    String last = iam.tokenOf(iam.alice);
    iam.time.setWall(iam.time.instant().minus(Duration.ofHours(3)));
    iam.pass(Duration.ofHours(24));
    refuses(last, GatewayError.TOKEN_EXPIRED);
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  @Test
  void endsEarlyWhenTheClockJumpsForward() {
    iam.time.setWall(TestIam.START.plus(Duration.ofHours(25)));
    refuses(token, GatewayError.TOKEN_EXPIRED);
  }

  @Test
  void aTokenFromTheFutureIsNotYetValid() {
    iam.time.setWall(TestIam.START.minus(Duration.ofMinutes(5)));
    iam.tokensAfterRestart().verify(token); // nodes' clocks differ a little
    iam.time.setWall(TestIam.START.minus(Duration.ofMinutes(5)).minusMillis(1));
    assertRefused(iam.tokensAfterRestart(), token, GatewayError.INCORRECT_IAM_AUTHENTICATION);
  }

  @Test
  void survivesARestart() {
    assertThat(iam.tokensAfterRestart().verify(token).user()).isEqualTo(alice);
  }

  @Test
  void anotherInstancesTokenIsRefused() {
    Tokens foreign =
        iam.tokensUnder("the token key of another realm!!".getBytes(StandardCharsets.UTF_8));
    refuses(foreign.issue(alice, Optional.empty()).text());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyChangedBitIsNoticed(boolean seenBefore) {
    if (seenBefore) {
      iam.tokens.verify(token);
    }
    byte[] bytes = Base64.getUrlDecoder().decode(token);
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] changed = bytes.clone();
      changed[bit / 8] ^= (byte) (1 << (bit % 8));
      refuses(Base64.getUrlEncoder().withoutPadding().encodeToString(changed));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyChangedCharacterIsNoticed(boolean seenBefore) {
    if (seenBefore) {
      iam.tokens.verify(token);
    }
    for (int i = 0; i < token.length(); i++) {
      char other = token.charAt(i) == 'A' ? 'B' : 'A';
      refuses(token.substring(0, i) + other + token.substring(i + 1));
    }
  }

  @Test
  void everyTruncationIsNoticed() {
    for (int length = 0; length < token.length(); length++) {
      refuses(token.substring(0, length));
      refuses(token.substring(0, length) + "=".repeat(token.length() - length));
    }
  }

  /// More than are remembered, and each stays its own.
  @Test
  void manyTokensAreToldApart() {
    List<TestIam.Tenant> people = List.of(iam.alice, iam.mallory);
    List<String> tokens = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      tokens.add(iam.tokenOf(people.get(i % 2)));
    }
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < tokens.size(); i++) {
        assertThat(iam.tokens.verify(tokens.get(i)).user()).isEqualTo(people.get(i % 2).user());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "null", "eyJhbGciOiJub25lIn0.e30.", "密", "%00"})
  void garbageIsRefused(String garbage) {
    refuses(garbage);
    refuses(token + garbage + " ");
    refuses((garbage + token).substring(0, 1) + " " + token.substring(2));
  }

  @Test
  void diesWhenThePasswordChanges() {
    assertThat(iam.admin.changePassword(alice.id(), new Password("another password"))).isTrue();
    refuses(token);
    User changed = iam.repository.user(alice.id()).orElseThrow();
    iam.tokens.verify(iam.tokens.issue(changed, Optional.empty()).text());
  }

  /// Which the feed tells this node of within a second.
  @Test
  void isGoodAtOnceAfterAChangeOnAnotherNode() {
    iam.tokens.verify(token);
    iam.repository.updatePassword(alice.id(), alice.password());
    User changed = iam.repository.user(alice.id()).orElseThrow();
    String fresh = iam.tokens.issue(changed, Optional.empty()).text();
    assertThatThrownBy(() -> Blocking.forbidden(() -> iam.tokens.verify(fresh)))
        .isInstanceOf(Blocking.WouldBlock.class);
    assertThat(iam.tokens.verify(fresh).user()).isEqualTo(changed);
    Blocking.forbidden(() -> iam.tokens.verify(fresh));
    refuses(token);
  }

  /// As after a restore.
  @Test
  void isRefusedWhereTheStoreIsBehindIt() {
    refuses(iam.tokens.issue(alice.ofNextEpoch(), Optional.empty()).text());
  }

  @Test
  void diesWithItsUserAndDoesNotRise() {
    iam.tokens.verify(token);
    iam.admin.disableUser(alice.id());
    refuses(token);
    iam.repository.enableUser(alice.id());
    iam.users.invalidate(alice.id());
    refuses(token);
  }

  @Test
  void diesWhenAnAccessKeyOfItsUserIsDisabled() {
    iam.tokens.verify(token);
    iam.admin.disableAccessKey(iam.alice.accessKey());
    refuses(token);
  }

  @Test
  void aDeletedUsersTokenIsRefused() {
    iam.tokens.verify(token);
    iam.repository.removeUser(alice.id());
    iam.users.invalidate(alice.id());
    refuses(token);
  }

  @Test
  void anotherUsersTokenOutlivesThePasswordChange() {
    String mallorys = iam.tokenOf(iam.mallory);
    iam.admin.changePassword(alice.id(), new Password("another password"));
    assertThat(iam.tokens.verify(mallorys).user()).isEqualTo(iam.mallory.user());
  }

  @Test
  void needsTheStoreForAUserOnceOnly() {
    iam.tokens.verify(token);
    int reads = iam.repository.reads();
    for (int i = 0; i < 10; i++) {
      iam.tokens.verify(token);
    }
    assertThat(iam.repository.reads()).isEqualTo(reads);
  }

  @Test
  void doesNotWaitForTheStoreWhereWaitingIsForbidden() {
    assertThatThrownBy(() -> Blocking.forbidden(() -> iam.tokens.verify(token)))
        .isInstanceOf(Blocking.WouldBlock.class);
    iam.tokens.verify(token);
    Blocking.forbidden(() -> iam.tokens.verify(token));
  }

  @Test
  void aBadTokenCostsNoQuery() {
    int reads = iam.repository.reads();
    Blocking.forbidden(() -> refuses(token.substring(1) + "A"));
    assertThat(iam.repository.reads()).isEqualTo(reads);
  }

  private void refuses(String text) {
    refuses(text, GatewayError.INCORRECT_IAM_AUTHENTICATION);
  }

  private void refuses(String text, ApiError error) {
    assertRefused(iam.tokens, text, error);
  }

  private static void assertRefused(Tokens tokens, String text, ApiError error) {
    assertThatThrownBy(() -> tokens.verify(text))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.error()).isEqualTo(error);
              if (error == GatewayError.INCORRECT_IAM_AUTHENTICATION) {
                assertThat(rejected.detail())
                    .isEqualTo("Incorrect IAM authentication information: decrypt token fail");
              }
            });
  }
}
