package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.SoftHsm;
import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class KeyringTest {
  @TempDir Path folder;
  private TestVault store;
  private Keyring keyring;
  private Instant now = TestVault.NOW;

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    keyring = new Keyring(store.vault, () -> now, 100);
  }

  @AfterEach
  void close() {
    keyring.close();
    store.close();
  }

  @Test
  void aColdKeyAnnouncesThatItWaitsAndAWarmOneDoesNot() {
    Cmk cmk = store.create(KeySpec.AES_256);
    Runnable use = () -> keyring.open(store.project, cmk.id(), Use.WRAP).close();

    assertThatThrownBy(() -> Blocking.forbidden(use)).isInstanceOf(Blocking.WouldBlock.class);
    use.run();
    assertThatCode(() -> Blocking.forbidden(use)).doesNotThrowAnyException();
  }

  @Test
  void aForeignKeyIsUnknownWhetherItIsCachedOrNot() {
    Cmk cmk = store.create(KeySpec.AES_256);
    ProjectId stranger = ProjectId.random();
    assertRejected(() -> keyring.open(stranger, cmk.id(), Use.WRAP), KmsError.KEY_NOT_FOUND);
    keyring.open(store.project, cmk.id(), Use.WRAP).close();
    assertRejected(() -> keyring.open(stranger, cmk.id(), Use.WRAP), KmsError.KEY_NOT_FOUND);
    assertRejected(
        () -> keyring.open(store.project, KeyId.random(), Use.WRAP), KmsError.KEY_NOT_FOUND);
    // And by the same way to the store, so that the time does not tell them apart.
    Runnable foreign = () -> keyring.open(stranger, cmk.id(), Use.WRAP);
    assertThatThrownBy(() -> Blocking.forbidden(foreign)).isInstanceOf(Blocking.WouldBlock.class);
  }

  @Test
  void aDisabledKeyIsRefusedOnceItWasInvalidated() {
    Cmk cmk = store.create(KeySpec.AES_256);
    keyring.open(store.project, cmk.id(), Use.WRAP).close();
    store.vault.change(store.project, cmk.id(), Cmk::disabled);
    keyring.invalidate(cmk.id());
    assertRejected(() -> keyring.open(store.project, cmk.id(), Use.WRAP), KmsError.KEY_DISABLED);
  }

  @Test
  void aKeyInUseIsWipedOnlyWhenItIsGivenBack() {
    Cmk cmk = store.create(KeySpec.AES_256);
    OpenKey borrowed = keyring.open(store.project, cmk.id(), Use.WRAP);
    keyring.invalidate(cmk.id());

    byte[] sealed = borrowed.currentAead().seal(new byte[] {1}, new byte[0]);
    assertThat(borrowed.currentAead().open(sealed, new byte[0])).isPresent();

    borrowed.close();
    assertThat(borrowed.borrow()).isFalse();
    assertThatThrownBy(() -> borrowed.currentAead().seal(new byte[] {1}, new byte[0]))
        .isInstanceOf(RuntimeException.class);
  }

  @Test
  void aKeyWhoseKeystoreIsShutLeavesOnAThreadThatMayWait() throws IOException {
    Path other = Files.createDirectory(folder.resolve("with-hsm"));
    try (var dedicated = new TestVault(other, new Hsm(SoftHsm.token(folder)));
        var ring = new Keyring(dedicated.vault, () -> now, 100)) {
      KeystoreId keystore =
          dedicated.keystores.create(dedicated.domain, new AliasName("mine"), now).id();
      Cmk cmk = dedicated.create(KeySpec.AES_256, keystore);
      Runnable use = () -> ring.open(dedicated.project, cmk.id(), Use.WRAP).close();
      OpenKey first = ring.open(dedicated.project, cmk.id(), Use.WRAP);
      first.close();
      dedicated.keystores.forget(keystore);

      assertThatThrownBy(() -> Blocking.forbidden(use)).isInstanceOf(Blocking.WouldBlock.class);
      assertThat(first.borrow()).as("still in the keyring").isTrue();
      first.close();

      use.run(); // opens the keystore too, which was shut and not disabled
      assertThat(first.borrow()).as("still in the keyring").isFalse();
      Blocking.forbidden(use);
    }
  }

  /// That is no damage.
  @Test
  void materialThatIsDeletedWhileItsKeyIsLoadedIsTheKeysState() throws IOException {
    Path other = Files.createDirectory(folder.resolve("racing"));
    var beforeMaterial = new AtomicReference<Runnable>(() -> {});
    try (var racing = new TestVault(other, repository -> racing(repository, beforeMaterial));
        var ring = new Keyring(racing.vault, () -> now, 100)) {
      Cmk cmk = racing.imported(KeySpec.AES_256, now.plus(Duration.ofDays(9)));
      beforeMaterial.set(() ->
          racing.vault.changeMaterial(
              racing.project, cmk.id(), key -> new MaterialChange.Erased(key.materialDeleted())));
      assertRejected(() -> ring.open(racing.project, cmk.id(), Use.WRAP), KmsError.KEY_NOT_ENABLED);
    }
  }

  private static CmkRepository racing(
      CmkRepository repository, AtomicReference<Runnable> beforeMaterial) {
    InvocationHandler handler =
        (_, method, arguments) -> {
          if (method.getName().equals("material")) {
            beforeMaterial.getAndSet(() -> {}).run();
          }
          return method.invoke(repository, arguments);
        };
    return (CmkRepository)
        Proxy.newProxyInstance(
            CmkRepository.class.getClassLoader(), new Class<?>[] {CmkRepository.class}, handler);
  }

  @Test
  void whatIsDueIsDestroyedAndWhatIsNotIsKept() {
    Cmk due = store.create(KeySpec.AES_256);
    Cmk later = store.create(KeySpec.AES_256);
    store.vault.change(
        store.project, due.id(), key -> key.deletionScheduled(now, Duration.ofDays(7)));
    store.vault.change(
        store.project, later.id(), key -> key.deletionScheduled(now, Duration.ofDays(8)));

    now = now.plus(Duration.ofDays(7)).minusMillis(1);
    assertThat(keyring.destroyDueKeys()).isZero();
    now = now.plusMillis(1);
    assertThat(keyring.destroyDueKeys()).isEqualTo(1);

    assertRejected(() -> store.vault.load(store.project, due.id()), KmsError.KEY_NOT_FOUND);
    assertThat(store.vault.page(store.project, KeyFilter.ALL, 0, 10))
        .extracting(Cmk::id)
        .containsExactly(later.id());
  }

  @Test
  void aDeletionThatWasCancelledIsNotCarriedOut() {
    Cmk cmk = store.create(KeySpec.AES_256);
    store.vault.change(
        store.project, cmk.id(), key -> key.deletionScheduled(now, Duration.ofDays(7)));
    store.vault.change(store.project, cmk.id(), Cmk::deletionCancelled);
    now = now.plus(Duration.ofDays(100));
    assertThat(keyring.destroyDueKeys()).isZero();
  }

  @Test
  void aVersionThatNeverWasIsNotLookedFor() {
    Cmk cmk = store.create(KeySpec.AES_256);
    try (OpenKey key = keyring.open(store.project, cmk.id(), Use.WRAP)) {
      assertThat(key.aead(0)).isPresent();
      for (int version : List.of(-1, 1, Integer.MAX_VALUE, Integer.MIN_VALUE)) {
        assertThat(key.aead(version)).isEmpty();
      }
    }
  }

  @Test
  void everySpecOpensInEveryUsageAndRefusesTheWrongUses() {
    for (KeySpec spec : KeySpec.values()) {
      for (KeyUsage usage : spec.usages()) {
        Cmk cmk = store.create(store.project, spec, usage);
        for (Use use : Use.values()) {
          Optional<?> misfit = use.misfit(spec.family(), usage);
          if (misfit.isEmpty()) {
            assertThatCode(() -> keyring.open(store.project, cmk.id(), use).close())
                .as("%s %s for %s", spec, usage, use)
                .doesNotThrowAnyException();
          } else {
            assertRejected(() -> keyring.open(store.project, cmk.id(), use), misfit.get());
          }
        }
      }
    }
  }

  @Test
  void theUseTableAnswersWithThePublishedCodes() {
    assertThat(Use.WRAP.misfit(KeySpec.Family.HMAC, KeyUsage.GENERATE_VERIFY_MAC))
        .contains(KmsError.HMAC_KEY_UNSUPPORTED);
    assertThat(Use.WRAP.misfit(KeySpec.Family.RSA, KeyUsage.SIGN_VERIFY))
        .contains(KmsError.KEY_IS_FOR_SIGNING);
    assertThat(Use.WRAP.misfit(KeySpec.Family.RSA, KeyUsage.ENCRYPT_DECRYPT))
        .contains(KmsError.ASYMMETRIC_KEY_UNSUPPORTED);
    assertThat(Use.ENCRYPT_DATA.misfit(KeySpec.Family.EC, KeyUsage.SIGN_VERIFY))
        .contains(KmsError.EC_KEY_CANNOT_ENCRYPT);
    assertThat(Use.ENCRYPT_DATA.misfit(KeySpec.Family.RSA, KeyUsage.SIGN_VERIFY))
        .contains(KmsError.KEY_IS_FOR_SIGNING);
    assertThat(Use.SIGN.misfit(KeySpec.Family.SYMMETRIC, KeyUsage.ENCRYPT_DECRYPT))
        .contains(KmsError.SYMMETRIC_KEY_CANNOT_SIGN);
    assertThat(Use.SIGN.misfit(KeySpec.Family.RSA, KeyUsage.ENCRYPT_DECRYPT))
        .contains(KmsError.KEY_IS_FOR_ENCRYPTION);
    assertThat(Use.TELL_PUBLIC_KEY.misfit(KeySpec.Family.SYMMETRIC, KeyUsage.ENCRYPT_DECRYPT))
        .contains(KmsError.SYMMETRIC_KEY_UNSUPPORTED);
  }

  private static void assertRejected(ThrowingCallable call, Object error) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, rejected -> assertThat(rejected.error()).isEqualTo(error));
  }
}
