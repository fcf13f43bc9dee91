package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SealCheckTest {
  private final MemoryKekRepository repository = new MemoryKekRepository();

  @Test
  void newDatabaseIsContentWithAnyRootKeyAndStaysNew() {
    SealCheck.verify(KeksTest.rootKey(1), repository);
    assertThat(repository.rows).isEmpty();
  }

  @Test
  void theDatabasesOwnRootKeyPasses() {
    SealCheck.establish(KeksTest.rootKey(1), repository);
    SealCheck.establish(KeksTest.rootKey(1), repository);
    SealCheck.verify(KeksTest.rootKey(1), repository);
    assertThat(repository.rows).hasSize(1);
  }

  @Test
  void anotherRootKeyIsRefusedInOneSentence() {
    SealCheck.establish(KeksTest.rootKey(1), repository);
    FileSealTest.assertRefused(
        () -> SealCheck.verify(KeksTest.rootKey(2), repository), "another root key");
    FileSealTest.assertRefused(
        () -> SealCheck.establish(KeksTest.rootKey(2), repository), "another root key");
  }

  @Test
  void removedCheckValueIsNoticed() {
    SealCheck.establish(KeksTest.rootKey(1), repository);
    new Keks(KeksTest.rootKey(1), repository).derive(new KekScope.Instance(), "any", 32).close();
    repository.rows.removeFirst();
    FileSealTest.assertRefused(() -> SealCheck.verify(KeksTest.rootKey(2), repository), "tampered");
  }
}
