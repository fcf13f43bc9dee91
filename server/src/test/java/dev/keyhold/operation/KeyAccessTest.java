package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.keyring.Use;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyAccessTest {
  @TempDir private Path folder;
  private final List<String> askedAboutGrants = new ArrayList<>();
  private TestVault store;
  private Keyring keyring;
  private KeyAccess access;

  @BeforeEach
  void open() {
    store = new TestVault(folder);
    keyring = new Keyring(store.vault, () -> TestVault.NOW, 100);
    access = new KeyAccess(keyring, store.vault, store.grants(this::listening));
  }

  @AfterEach
  void close() {
    keyring.close();
    store.close();
  }

  private GrantRepository listening(GrantRepository repository) {
    return (GrantRepository)
        Proxy.newProxyInstance(
            GrantRepository.class.getClassLoader(),
            new Class<?>[] {GrantRepository.class},
            (_, method, arguments) -> {
              askedAboutGrants.add(method.getName());
              return method.invoke(repository, arguments);
            });
  }

  private void use(Caller caller, KeyId key) {
    access.open(caller, key, Use.WRAP, GrantOperation.ENCRYPT_DATAKEY).close();
  }

  @Test
  void aKeyOfTheCallersOwnIsFoundWithoutAskingAboutGrants() {
    KeyId key = store.create(KeySpec.AES_256).id();
    Caller owner = TestKms.callerIn(store.project);
    use(owner, key); // from the store
    use(owner, key); // in memory
    assertThat(askedAboutGrants).isEmpty();
  }

  /// In memory or not: a stranger can't tell one from the other, nor from a key that is not there.
  @Test
  void aForeignKeyIsAskedAboutForUserAndDomainAndIsNotThere() {
    KeyId key = store.create(KeySpec.AES_256).id();
    Caller stranger = TestKms.callerIn(ProjectId.random());
    TestKms.refused(KmsError.KEY_NOT_FOUND, () -> use(stranger, key));
    assertThat(askedAboutGrants).containsExactly("held", "held");
    use(TestKms.callerIn(store.project), key);
    Caller another = TestKms.callerIn(ProjectId.random());
    TestKms.refused(KmsError.KEY_NOT_FOUND, () -> use(another, key));
    assertThat(askedAboutGrants).hasSize(4);
    TestKms.refused(KmsError.KEY_NOT_FOUND, () -> use(another, KeyId.random()));
    assertThat(askedAboutGrants).hasSize(6);
  }
}
