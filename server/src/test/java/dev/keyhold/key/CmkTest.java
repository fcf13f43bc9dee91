package dev.keyhold.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CmkTest {
  private static final Instant NOW = Instant.ofEpochMilli(1_700_000_000_000L);
  private static final KeyState ENABLED = new KeyState.Enabled();
  private static final KeyState DISABLED = new KeyState.Disabled();
  private static final KeyState PENDING_DELETION =
      new KeyState.PendingDeletion(NOW.plus(Duration.ofDays(7)));
  private static final KeyState PENDING_IMPORT = new KeyState.PendingImport();
  private static final Bytes PRINT = Bytes.owning(new byte[36]);
  private static final ImportedMaterial MORTAL =
      ImportedMaterial.first(Bytes.owning(new byte[36]), Optional.of(NOW));
  private static final Bytes OTHER_PRINT = Bytes.owning(new byte[35]);
  private static final ImportedMaterial MATERIAL = ImportedMaterial.first(PRINT, Optional.empty());

  @Test
  void everyStepLeadsWhereTheStateMachineSays() {
    assertThat(key(DISABLED).enabled().state()).isEqualTo(ENABLED);
    assertThat(key(ENABLED).disabled().state()).isEqualTo(DISABLED);
    for (KeyState from : List.of(ENABLED, DISABLED, PENDING_IMPORT)) {
      assertThat(key(from).deletionScheduled(NOW, Duration.ofDays(7)).state())
          .isEqualTo(PENDING_DELETION);
    }
    assertThat(key(PENDING_DELETION).deletionCancelled().state()).isEqualTo(DISABLED);
    assertThat(external(PENDING_DELETION, MATERIAL).deletionCancelled().state())
        .isEqualTo(DISABLED);
    assertThat(external(PENDING_DELETION, MATERIAL.deleted(0)).deletionCancelled().state())
        .isEqualTo(PENDING_IMPORT);
    assertThat(external(PENDING_DELETION).deletionCancelled().state()).isEqualTo(PENDING_IMPORT);
    assertThat(external(PENDING_IMPORT).materialImported(0, PRINT, Optional.empty()).state())
        .isEqualTo(ENABLED);
    for (KeyState from : List.of(ENABLED, DISABLED)) {
      assertThat(external(from, MATERIAL).materialDeleted().state()).isEqualTo(PENDING_IMPORT);
      assertThat(external(from, MORTAL).materialExpired(NOW).state()).isEqualTo(PENDING_IMPORT);
    }
    assertThat(external(PENDING_DELETION, MORTAL).materialExpired(NOW).state())
        .isEqualTo(PENDING_DELETION);
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
      assertRejected(() -> key(from).deletionCancelled(), KmsError.NOT_PENDING_DELETION);
    }
    for (KeyState from : List.of(ENABLED, DISABLED, PENDING_DELETION)) {
      assertRejected(
          () -> external(from, MATERIAL).materialImported(0, PRINT, Optional.empty()),
          KmsError.NOT_PENDING_IMPORT);
    }
    for (KeyState from : List.of(PENDING_DELETION, PENDING_IMPORT)) {
      assertRejected(
          () -> external(from, MATERIAL).materialDeleted(), KmsError.MATERIAL_NOT_DELETABLE);
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
            Cmk::deletionCancelled,
            cmk -> cmk.renamed(new KeyName("other")),
            cmk -> cmk.described("other"),
            cmk -> cmk.rotationEnabled(NOW, 365),
            Cmk::rotationDisabled,
            cmk -> cmk.rotationIntervalChanged(30),
            cmk -> cmk.rotated(NOW),
            cmk -> cmk.materialImported(0, PRINT, Optional.empty()),
            Cmk::materialDeleted);
    for (UnaryOperator<Cmk> step : steps) {
      assertRejected(() -> step.apply(key(ENABLED, true)), KmsError.DEFAULT_KEY);
    }
  }

  @Test
  void everyStepMakesTheNextRevision() {
    assertThat(key(ENABLED).disabled().enabled().renamed(new KeyName("b")).revision()).isEqualTo(4);
    assertThat(
            key(ENABLED)
                .rotationEnabled(NOW, 365)
                .rotationIntervalChanged(30)
                .rotated(NOW)
                .rotationDisabled()
                .revision())
        .isEqualTo(5);
    assertThat(
            external(PENDING_IMPORT)
                .materialImported(0, PRINT, Optional.empty())
                .materialDeleted()
                .materialImported(0, PRINT, Optional.of(NOW))
                .materialExpired(NOW)
                .revision())
        .isEqualTo(5);
  }

  @Test
  void rotationIsDueAnIntervalAfterItWasEnabled() {
    Cmk key = key(ENABLED).rotationEnabled(NOW, 365);

    assertThat(key.rotation().schedule())
        .contains(new Rotation.Schedule(365, NOW.plus(Duration.ofDays(365))));
    assertThat(key.rotationDue(NOW.plus(Duration.ofDays(365)).minusMillis(1))).isFalse();
    assertThat(key.rotationDue(NOW.plus(Duration.ofDays(365)))).isTrue();
    assertThat(key.rotationDisabled().rotationDue(NOW.plus(Duration.ofDays(9999)))).isFalse();
    assertThat(key.disabled().rotationDue(NOW.plus(Duration.ofDays(9999)))).isFalse();
  }

  @Test
  void anotherIntervalIsCountedFromWhereTheOldOneBegan() {
    Cmk key = key(ENABLED).rotationEnabled(NOW, 365).rotationIntervalChanged(30);

    assertThat(key.rotation().schedule())
        .contains(new Rotation.Schedule(30, NOW.plus(Duration.ofDays(30))));
    assertThat(key.rotationIntervalChanged(100).rotation().schedule())
        .contains(new Rotation.Schedule(100, NOW.plus(Duration.ofDays(100))));
  }

  @Test
  void rotationMakesTheNextVersionAndBeginsTheIntervalAnew() {
    Instant late = NOW.plus(Duration.ofDays(1000));

    Cmk rotated = key(ENABLED).rotationEnabled(NOW, 30).rotated(late);

    assertThat(rotated.currentVersion()).isEqualTo(1);
    assertThat(rotated.rotation().last()).contains(late);
    assertThat(rotated.rotation().schedule().orElseThrow().next())
        .isEqualTo(late.plus(Duration.ofDays(30)));
    assertThat(rotated.rotationDisabled().rotation().last()).contains(late);
  }

  @Test
  void rotationOnDemandLeavesAutomaticRotationOff() {
    assertThat(key(ENABLED).rotated(NOW).rotation())
        .isEqualTo(new Rotation(Optional.empty(), Optional.of(NOW)));
  }

  @Test
  void rotationIsEnabledOnceAndChangedWhileItIsOn() {
    Cmk on = key(ENABLED).rotationEnabled(NOW, 365);
    assertRejected(() -> on.rotationEnabled(NOW, 365), KmsError.ROTATION_ALREADY_ON);
    assertRejected(() -> key(ENABLED).rotationDisabled(), KmsError.ROTATION_OFF);
    assertRejected(() -> key(ENABLED).rotationIntervalChanged(30), KmsError.ROTATION_OFF);
  }

  @Test
  void rotationIsSetOnADisabledKeyAndDoneOnAnEnabledOne() {
    assertThatCode(() -> key(DISABLED).rotationEnabled(NOW, 365).rotationDisabled())
        .doesNotThrowAnyException();
    assertRejected(() -> key(DISABLED).rotated(NOW), KmsError.KEY_DISABLED);
    assertRejected(() -> key(PENDING_DELETION).rotated(NOW), KmsError.KEY_PENDING_DELETION);
    assertRejected(
        () -> key(PENDING_DELETION).rotationEnabled(NOW, 365), KmsError.KEY_PENDING_DELETION);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSA_KEY_CANNOT_ROTATE",
    "RSA_4096, RSA_KEY_CANNOT_ROTATE",
    "EC_P256, ASYMMETRIC_KEY_UNSUPPORTED",
    "ED25519, ASYMMETRIC_KEY_UNSUPPORTED",
    "SM2, ASYMMETRIC_KEY_UNSUPPORTED",
    "ML_DSA_65, ASYMMETRIC_KEY_UNSUPPORTED",
    "HMAC_256, HMAC_KEY_UNSUPPORTED",
  })
  void onlySymmetricKeysRotate(KeySpec spec, KmsError error) {
    Cmk key = key(ENABLED).toBuilder().spec(spec).build();
    assertRejected(() -> key.rotated(NOW), error);
    assertRejected(() -> key.rotationEnabled(NOW, 365), error);
  }

  @Test
  void keysThatAreNotOursAloneDoNotRotate() {
    assertRejected(
        () -> external(ENABLED, MATERIAL).rotationEnabled(NOW, 365),
        KmsError.EXTERNAL_KEY_CANNOT_ROTATE);
    Cmk elsewhere = key(ENABLED).toBuilder().keystore(KeystoreId.random()).build();
    assertRejected(() -> elsewhere.rotationEnabled(NOW, 365), KmsError.KEYSTORE_NO_ROTATION);
  }

  @Test
  void materialIsImportedIntoExternalKeysOfOurStoreOnly() {
    assertRejected(
        () -> key(ENABLED).materialImported(0, PRINT, Optional.empty()),
        KmsError.NOT_AN_EXTERNAL_KEY);
    assertRejected(() -> key(ENABLED).materialDeleted(), KmsError.NOT_AN_EXTERNAL_KEY);
    Cmk elsewhere = external(PENDING_IMPORT).toBuilder().keystore(KeystoreId.random()).build();
    assertRejected(
        () -> elsewhere.materialImported(0, PRINT, Optional.empty()), KmsError.KEYSTORE_NO_IMPORT);
  }

  @Test
  void materialOfAKeyPairIsForEver() {
    Cmk pair = external(PENDING_IMPORT).toBuilder().spec(KeySpec.EC_P256).build();
    assertRejected(
        () -> pair.materialImported(0, PRINT, Optional.of(NOW)),
        KmsError.PRIVATE_MATERIAL_NOT_DELETABLE);
    Cmk imported = pair.materialImported(0, PRINT, Optional.empty());
    assertRejected(imported::materialDeleted, KmsError.PRIVATE_MATERIAL_NOT_DELETABLE);
  }

  @Test
  void deletedMaterialIsRememberedByItsFingerprintAlone() {
    assertThat(
            external(PENDING_IMPORT)
                .materialImported(0, PRINT, Optional.of(NOW))
                .materialDeleted()
                .imported())
        .contains(
            new ImportedMaterial(
                List.of(new ImportedMaterial.Version(PRINT, false, Optional.empty()))));
  }

  @Test
  void externalKeyRotatesToWhatWasImportedAndNeedsAllOfItFromThenOn() {
    Cmk key = external(ENABLED, MATERIAL);
    assertRejected(() -> key.rotated(NOW), KmsError.EXTERNAL_KEY_CANNOT_ROTATE);

    Instant later = NOW.plusMillis(1);
    Cmk rotated = key.nextMaterialImported(OTHER_PRINT, Optional.of(later)).rotated(NOW);
    assertThat(rotated.currentVersion()).isEqualTo(1);
    assertRejected(() -> rotated.rotated(NOW), KmsError.EXTERNAL_KEY_CANNOT_ROTATE);

    Cmk expired = rotated.materialExpired(later);
    assertThat(expired.state()).isEqualTo(PENDING_IMPORT);
    Cmk deleted = rotated.materialDeleted();
    Cmk half = deleted.materialImported(0, PRINT, Optional.empty());
    assertThat(half.state()).isEqualTo(PENDING_IMPORT);
    assertThat(half.materialImported(1, OTHER_PRINT, Optional.empty()).state()).isEqualTo(ENABLED);
  }

  /// It may not have been deleted yet, and would take the key's use along soon after.
  @Test
  void externalKeyDoesNotRotateToMaterialThatHasExpired() {
    Cmk waiting = external(ENABLED, MATERIAL).nextMaterialImported(OTHER_PRINT, Optional.of(NOW));

    assertThat(waiting.nextIsImported(NOW.minusMillis(1))).isTrue();
    assertThat(waiting.nextIsImported(NOW)).isFalse();
    assertRejected(() -> waiting.rotated(NOW), KmsError.EXTERNAL_KEY_CANNOT_ROTATE);
  }

  @Test
  void materialThatAwaitsRotationIsForgottenWhenItGoes() {
    Cmk waiting = external(ENABLED, MATERIAL).nextMaterialImported(OTHER_PRINT, Optional.of(NOW));

    Cmk expired = waiting.materialExpired(NOW);
    assertThat(expired.state()).isEqualTo(ENABLED);
    assertThat(expired.imported()).contains(MATERIAL);
    assertThat(waiting.materialDeleted().imported().orElseThrow().versions()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSA_KEY_CANNOT_ROTATE",
    "SM2, ASYMMETRIC_KEY_UNSUPPORTED",
    "HMAC_256, HMAC_KEY_UNSUPPORTED",
  })
  void onlySymmetricKeysTakeNewMaterial(KeySpec spec, KmsError error) {
    Cmk key = external(ENABLED, MATERIAL).toBuilder().spec(spec).build();
    assertRejected(key::requireNextImportable, error);
  }

  @Test
  void onlyKeysInUseTakeNewMaterial() {
    assertRejected(key(ENABLED)::requireNextImportable, KmsError.NOT_AN_EXTERNAL_KEY);
    assertRejected(external(DISABLED, MATERIAL)::requireNextImportable, KmsError.KEY_DISABLED);
    assertRejected(external(PENDING_IMPORT)::requireNextImportable, KmsError.KEY_NOT_ENABLED);
    assertRejected(
        external(PENDING_DELETION, MATERIAL)::requireNextImportable, KmsError.KEY_PENDING_DELETION);
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

  private static Cmk external(KeyState state) {
    return key(state).toBuilder().origin(KeyOrigin.EXTERNAL).build();
  }

  private static Cmk external(KeyState state, ImportedMaterial material) {
    return external(state).toBuilder().imported(material).build();
  }

  private static Cmk key(KeyState state, boolean defaultKey) {
    return Cmk.fresh(
            KeyId.random(),
            ProjectId.random(),
            DomainId.random(),
            new KeyName("a"),
            KeySpec.AES_256,
            NOW)
        .state(state)
        .defaultKey(defaultKey)
        .build();
  }
}
