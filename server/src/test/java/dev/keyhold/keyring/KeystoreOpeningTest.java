package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.KeystoreRepository;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SoftHsm;
import dev.keyhold.store.SqlCmkRepository;
import dev.keyhold.store.SqlKeystoreRepository;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A keystore that is disabled while it is being opened stays shut, on whichever node it is opened.
final class KeystoreOpeningTest {
  private static final RowIdentity ROW = new RowIdentity("t", "r", List.of());

  @TempDir Path folder;
  private Hsm hsm;
  private TestVault store;
  private KeystoreId id;

  @BeforeEach
  void open() {
    hsm = new Hsm(SoftHsm.token(folder));
    store = new TestVault(folder, hsm);
    id = store.keystores.create(store.domain, new AliasName("mine"), TestVault.NOW).id();
  }

  @AfterEach
  void close() {
    if (store != null) {
      store.close();
    }
  }

  @Test
  void whatWasReadBeforeItWasDisabledDoesNotOutliveItsForgetting() {
    openWhileItIsDisabled(node -> node.forget(id));
  }

  /// As when this node has lost the change feed meanwhile.
  @Test
  void whatWasReadBeforeItWasDisabledDoesNotOutliveTheForgettingOfAll() {
    openWhileItIsDisabled(Keystores::forgetAll);
  }

  /// Another node disables it when this one has read that it is enabled, and has not asked the HSM
  /// yet.
  private void openWhileItIsDisabled(Consumer<Keystores> forgetting) {
    var looks = new AtomicInteger();
    var nodes = new Keystores[1];
    Runnable afterTheFirst =
        () -> {
          if (looks.getAndIncrement() == 0) {
            store.keystores.disable(store.domain, id);
            forgetting.accept(nodes[0]);
          }
        };
    try (var node =
            new Keystores(
                hooked(
                    KeystoreRepository.class,
                    new SqlKeystoreRepository(store.database),
                    "find",
                    afterTheFirst),
                store.keks,
                Optional.of(hsm));
        var secret = new KeyMaterial(new byte[32])) {
      nodes[0] = node;
      assertNotEnabled(() -> node.wrap(store.domain, id, ROW, secret).close());
      assertThat(looks).hasValue(2);
      assertThat(node.serves(id)).isFalse();
    }
  }

  /// The material of a version that others have made is read with the key, at one moment; the
  /// keystore is asked for as it is now.
  @Test
  void aLookAtOneMomentDoesNotOpenWhatWasDisabledSince() {
    Cmk cmk = store.create(KeySpec.AES_256, id);
    store.keystores.forget(id);
    var vault =
        new CmkVault(
            hooked(
                CmkRepository.class,
                new SqlCmkRepository(store.database),
                "material",
                () -> onAnotherThread(() -> store.keystores.disable(store.domain, id))),
            store.database,
            store.keks,
            store.keystores);

    assertNotEnabled(() -> vault.materialNow(cmk, 0).orElseThrow().close());
    assertThat(store.keystores.serves(id)).isFalse();
  }

  private static void assertNotEnabled(ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class,
            refusal -> assertThat(refusal.error()).isEqualTo(KmsError.KEYSTORE_NOT_ENABLED));
  }

  private static void onAnotherThread(Runnable work) {
    try {
      Thread.ofPlatform().start(work).join();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /// Runs `after` when a method of the repository has read what there is.
  private static <T> T hooked(Class<T> type, T repository, String name, Runnable after) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              try {
                Object result = method.invoke(repository, arguments);
                if (method.getName().equals(name)) {
                  after.run();
                }
                return result;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            }));
  }
}
