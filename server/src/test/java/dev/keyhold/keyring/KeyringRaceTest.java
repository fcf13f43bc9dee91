package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two tenants at one key at once.
final class KeyringRaceTest {
  private static final long MOST_SECONDS = 60;

  @TempDir Path folder;
  private final CountDownLatch loading = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);

  @Test
  void aStrangerDoesNotGetTheKeyThatItsOwnerIsLoading() throws Exception {
    try (var store = new TestVault(folder, this::slow);
        var keyring = new Keyring(store.vault, () -> TestVault.NOW, 100)) {
      Cmk cmk = store.create(KeySpec.AES_256);
      FutureTask<OpenKey> owner =
          new FutureTask<>(() -> keyring.open(store.project, cmk.id(), Use.WRAP));
      Thread.ofPlatform().start(owner);
      assertThat(loading.await(MOST_SECONDS, TimeUnit.SECONDS)).isTrue();

      ProjectId foreign = ProjectId.random();
      var stranger = new FutureTask<>(() -> keyring.open(foreign, cmk.id(), Use.WRAP));
      Thread waiting = Thread.ofPlatform().start(stranger);
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MOST_SECONDS);
      while (waiting.getState() != Thread.State.WAITING) { // for the owner's load
        assertThat(waiting.isAlive()).isTrue();
        assertThat(System.nanoTime() - end).isNegative();
        Thread.onSpinWait();
      }
      goOn.countDown();

      assertThatThrownBy(() -> stranger.get(MOST_SECONDS, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOfSatisfying(
              KmsException.Rejected.class,
              rejected -> assertThat(rejected.error()).isEqualTo(KmsError.KEY_NOT_FOUND));
      owner.get(MOST_SECONDS, TimeUnit.SECONDS).close();
    }
  }

  /// Material is handed out only when the test says so.
  private CmkRepository slow(CmkRepository repository) {
    return (CmkRepository)
        Proxy.newProxyInstance(
            CmkRepository.class.getClassLoader(),
            new Class<?>[] {CmkRepository.class},
            (_, method, arguments) -> {
              if (method.getName().equals("material")) {
                loading.countDown();
                goOn.await();
              }
              try {
                return method.invoke(repository, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }
}
