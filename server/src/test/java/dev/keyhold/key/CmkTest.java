package dev.keyhold.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class CmkTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final KeyState ENABLED = new KeyState.Enabled();
  private static final KeyState DISABLED = new KeyState.Disabled();
  private static final KeyState PENDING_DELETION =
      new KeyState.PendingDeletion(NOW.plus(Duration.ofDays(7)));
  private static final KeyState PENDING_IMPORT = new KeyState.PendingImport();

  @Test
  void everyStepLeadsWhereTheStateMachineSays() {
    assertThat(key(DISABLED).enabled().state()).isEqualTo(ENABLED);
    assertThat(key(ENABLED).disabled().state()).isEqualTo(DISABLED);
    for (KeyState from : List.of(ENABLED, DISABLED, PENDING_IMPORT)) {
      assertThat(key(from).deletionScheduled(NOW, Duration.ofDays(7)).state())
          .isEqualTo(PENDING_DELETION);
    }
    assertThat(key(PENDING_DELETION).deletionCancelled(true).state()).isEqualTo(DISABLED);
    assertThat(key(PENDING_DELETION).deletionCancelled(false).state()).isEqualTo(PENDING_IMPORT);
  }

  @Test
  void everyStepFromAnotherStateIsRefusedWithItsOwnCode() {
    for (KeyState from : List.of(ENABLED, PENDING_DELETION, PENDING_IMPORT)) {
      assertRejected(() -> key(from).enabled(), KmsError.KEY_NOT_DISABLED);
    }
    for (KeyState from : List.of(DISABLED, PENDING_DELETION, PENDING_IMPORT)) {
      assertRejected(() -> key(from).disabled(), KmsError.KEY_NOT_ENABLED);
    }
    assertRejected(
        () -> key(PENDING_DELETION).deletionScheduled(NOW, Duration.ofDays(7)),
        KmsError.ALREADY_PENDING_DELETION);
    for (KeyState from : List.of(ENABLED, DISABLED, PENDING_IMPORT)) {
      assertRejected(() -> key(from).deletionCancelled(true), KmsError.NOT_PENDING_DELETION);
    }
  }

  @Test
  void onlyAnEnabledKeyIsUsable() {
    assertThatCode(() -> key(ENABLED).requireUsable()).doesNotThrowAnyException();
    assertRejected(() -> key(DISABLED).requireUsable(), KmsError.KEY_DISABLED);
    assertRejected(() -> key(PENDING_DELETION).requireUsable(), KmsError.KEY_PENDING_DELETION);
    assertRejected(() -> key(PENDING_IMPORT).requireUsable(), KmsError.KEY_NOT_ENABLED);
  }

  @Test
  void aKeyPendingDeletionIsNeitherRenamedNorDescribed() {
    var name = new KeyName("other");
    assertRejected(() -> key(PENDING_DELETION).renamed(name), KmsError.KEY_PENDING_DELETION);
    assertRejected(() -> key(PENDING_DELETION).described("x"), KmsError.KEY_PENDING_DELETION);
  }

  @Test
  void aDefaultKeyRefusesEveryStep() {
    List<UnaryOperator<Cmk>> steps =
        List.of(
            Cmk::enabled,
            Cmk::disabled,
            cmk -> cmk.deletionScheduled(NOW, Duration.ofDays(7)),
            cmk -> cmk.deletionCancelled(true),
            cmk -> cmk.renamed(new KeyName("other")),
            cmk -> cmk.described("other"));
    for (UnaryOperator<Cmk> step : steps) {
      assertRejected(() -> step.apply(key(ENABLED, true)), KmsError.DEFAULT_KEY);
    }
  }

  @Test
  void everyStepMakesTheNextRevision() {
    assertThat(key(ENABLED).disabled().enabled().renamed(new KeyName("b")).revision()).isEqualTo(4);
  }

  @Test
  void statesHaveTheNumbersOfTheApi() {
    assertThat(List.of(ENABLED, DISABLED, PENDING_DELETION, PENDING_IMPORT))
        .extracting(KeyState::wireNumber)
        .containsExactly("2", "3", "4", "5");
  }

  private static void assertRejected(ThrowingCallable step, KmsError error) {
    assertThatThrownBy(step)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, rejected -> assertThat(rejected.error()).isEqualTo(error));
  }

  private static Cmk key(KeyState state) {
    return key(state, false);
  }

  private static Cmk key(KeyState state, boolean defaultKey) {
    return new Cmk(
        KeyId.random(),
        ProjectId.random(),
        DomainId.random(),
        new KeyName("a"),
        KeySpec.AES_256,
        KeyUsage.ENCRYPT_DECRYPT,
        KeyOrigin.KMS,
        state,
        "",
        NOW,
        "0",
        "0",
        defaultKey,
        0,
        1);
  }
}
