package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RewrappingTest {
  private static final KekScope PROJECT = new KekScope.OfProject(ProjectId.random());

  private final Seal old = KeksTest.rootKey(1);
  private final Seal next = KeksTest.rootKey(2);
  private final MemoryKekRepository repository = new MemoryKekRepository();

  @BeforeEach
  void storeWithKeks() {
    SealCheck.establish(old, repository);
    try (var keks = new Keks(old, repository)) {
      keks.establish(new KekScope.Instance());
      keks.establish(PROJECT);
    }
    // As a rotation of the project's KEK would leave it.
    add(old, PROJECT.storedName(), 2);
  }

  private void add(Seal seal, String scope, int version) {
    try (var secret = new KeyMaterial(new byte[32])) {
      repository.insertIfAbsent(
          new StoredKek(
              scope, version, Bytes.owning(seal.wrap(secret, Keks.kekAad(scope, version)))));
    }
  }

  private Map<StoredKek, StoredKek> wrapped() {
    return new Rewrapping(old, next).of(repository.rows).orElseThrow();
  }

  private static byte[] secret(Seal seal, StoredKek kek) {
    try (KeyMaterial secret =
        seal.unwrap(kek.wrapped().lent(), Keks.kekAad(kek.scope(), kek.version()))) {
      return secret.lend(byte[]::clone);
    }
  }

  @Test
  void everyKekIsTheSameUnderTheNextRootKey() {
    Map<StoredKek, StoredKek> wrapped = wrapped();
    assertThat(wrapped.keySet()).containsExactlyInAnyOrderElementsOf(repository.rows);
    wrapped.forEach((before, after) -> {
      assertThat(after.scope()).isEqualTo(before.scope());
      assertThat(secret(next, after)).isEqualTo(secret(old, before));
      assertThat(Keks.opens(old, after)).isFalse();
    });
  }

  @Test
  void versionsStayButThatOfTheCheckValue() {
    wrapped()
        .forEach((before, after) ->
            assertThat(after.version() - before.version())
                .isEqualTo(before.scope().equals(SealCheck.SCOPE) ? 1 : 0));
  }

  @Test
  void storeThatHasTheNextRootKeyIsLeftAlone() {
    var rows = new ArrayList<>(wrapped().values());
    assertThat(new Rewrapping(old, next).of(rows)).isEmpty();
    SealCheck.verify(next, repositoryOf(rows));
  }

  @Test
  void oneKekThatDoesNotOpenKeepsAllAsTheyAre() {
    byte[] altered = repository.rows.get(2).wrapped().lent().clone();
    altered[40] ^= 1;
    repository.overwrite(2, Bytes.owning(altered));
    assertThatThrownBy(() -> Rewrapping.requireSound(repository.rows, old))
        .isInstanceOf(SealException.class)
        .hasMessageContaining(PROJECT.storedName())
        .hasMessageContaining("Nothing was changed");
    assertThatThrownBy(this::wrapped).isInstanceOf(SealException.class);
  }

  @Test
  void kekThatWasMovedFromAnotherScopeDoesNotOpen() {
    repository.overwrite(1, repository.rows.get(2).wrapped());
    assertThatThrownBy(this::wrapped).isInstanceOf(SealException.class);
  }

  @Test
  void kekUnderAThirdRootKeyIsNotLost() {
    add(KeksTest.rootKey(3), "project:other", 1);
    assertThatThrownBy(this::wrapped)
        .isInstanceOf(SealException.class)
        .hasMessageContaining("project:other");
  }

  @Test
  void checkValueMustBeThereOnce() {
    assertThatThrownBy(() -> Rewrapping.requireSound(List.of(repository.rows.get(1)), old))
        .hasMessageContaining("tampered");
    add(old, SealCheck.SCOPE, 7);
    assertThatThrownBy(this::wrapped).hasMessageContaining("tampered");
  }

  @Test
  void nodeWithTheOldRootKeyIsToldWhatToDo() {
    MemoryKekRepository replaced = repositoryOf(new ArrayList<>(wrapped().values()));
    FileSealTest.assertRefused(() -> SealCheck.verify(old, replaced), "another root key");
    FileSealTest.assertRefused(() -> SealCheck.verify(old, replaced), ".new behind its name");
  }

  @Test
  void noKekIsMadeUnderARootKeyThatWasReplaced() {
    MemoryKekRepository replaced = repositoryOf(new ArrayList<>(wrapped().values()));
    int rows = replaced.rows.size();
    try (var keks = new Keks(old, replaced)) {
      assertThatThrownBy(() -> keks.establish(new KekScope.OfProject(ProjectId.random())))
          .isInstanceOf(dev.keyhold.error.KmsException.Unavailable.class);
    }
    assertThat(replaced.rows).hasSize(rows);
  }

  private static MemoryKekRepository repositoryOf(List<StoredKek> rows) {
    var repository = new MemoryKekRepository();
    rows.forEach(repository::insertIfAbsent);
    return repository;
  }
}
