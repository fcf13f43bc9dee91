package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What every KEK repository does, whatever database is under it.
abstract class KekRepositoryContract extends StoreContract {
  final KekRepository keks() {
    return new SqlKekRepository(store().database());
  }

  @Test
  void newRepositoryIsEmpty() {
    assertThat(keks().isEmpty()).isTrue();
    assertThat(keks().newest("a")).isEmpty();
    keks().insertIfAbsent(kek("a", 1, 1));
    assertThat(keks().isEmpty()).isFalse();
  }

  @Test
  void newestHasTheHighestVersionOfItsScope() {
    StoredKek second = kek("a", 2, 2);
    keks().insertIfAbsent(second);
    keks().insertIfAbsent(kek("a", 1, 1));
    keks().insertIfAbsent(kek("b", 3, 3));
    StoredKek tenth = kek("a", 10, 4);
    keks().insertIfAbsent(tenth);

    assertThat(keks().newest("a")).contains(tenth);
    assertThat(keks().find("a", 2)).contains(second);
    assertThat(keks().find("a", 3)).isEmpty();
    assertThat(keks().find("c", 1)).isEmpty();
  }

  @Test
  void storedKekStaysAndIsReturned() {
    StoredKek first = kek("a", 1, 1);
    assertThat(keks().insertIfAbsent(first)).isEqualTo(first);
    assertThat(keks().insertIfAbsent(kek("a", 1, 2))).isEqualTo(first);
    assertThat(keks().newest("a")).contains(first);
  }

  @Test
  void oneOfManyThatInsertIsStoredAndAllLearnWhich() throws Exception {
    var seed = new AtomicInteger();
    List<StoredKek> stored =
        CmkContract.atOnce(16, () -> keks().insertIfAbsent(kek("a", 1, seed.incrementAndGet())));
    assertThat(new HashSet<>(stored)).hasSize(1);
    assertThat(keks().newest("a")).contains(stored.getFirst());
  }

  @Test
  void keksSurviveRestart() {
    StoredKek kek = kek("a", 1, 1);
    keks().insertIfAbsent(kek);
    store().reopen();
    assertThat(keks().newest("a")).contains(kek);
  }

  /// It would be used from memory, and be gone if the transaction were undone.
  @Test
  void kekIsNotMadeInsideATransaction() {
    assertThatThrownBy(() -> transactions().write(() -> keks().insertIfAbsent(kek("a", 1, 1))))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("before the transaction");
    assertThat(keks().isEmpty()).isTrue();
  }

  @Test
  void keksAreReadInsideATransaction() {
    StoredKek kek = kek("a", 1, 1);
    keks().insertIfAbsent(kek);
    assertThat(transactions().write(() -> keks().newest("a"))).contains(kek);
    assertThat(transactions().read(() -> keks().find("a", 1))).contains(kek);
  }

  static StoredKek kek(String scope, int version, int seed) {
    byte[] wrapped = new byte[81];
    new java.util.Random(seed).nextBytes(wrapped);
    return new StoredKek(scope, version, Bytes.owning(wrapped));
  }
}
