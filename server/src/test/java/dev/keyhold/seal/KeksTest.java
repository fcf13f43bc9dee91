package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class KeksTest {
  private static final KekScope INSTANCE = new KekScope.Instance();
  private static final RowIdentity ROW = new RowIdentity("cmk_material", "k1", "0", "AES_256");
  private static final byte[] SECRET =
      "thirty-two bytes of a secret key".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] COLUMNS = {1, 2, 3};

  private final KekScope project = new KekScope.OfProject(ProjectId.random());
  private final KekScope otherProject = new KekScope.OfProject(ProjectId.random());
  private final MemoryKekRepository repository = new MemoryKekRepository();
  private final Seal seal = rootKey(1);
  private final Keks keks = new Keks(seal, repository);

  @Test
  void wrappedSecretOpensForItsRow() {
    Bytes wrapped = wrap(project, ROW);
    assertThat(unwrap(keks, project, ROW, wrapped)).isEqualTo(SECRET);
  }

  @Test
  void wrappedSecretHasTheDocumentedShape() {
    Bytes wrapped = wrap(project, ROW);
    assertThat(wrapped.length()).isEqualTo(1 + 4 + 24 + 32 + 16);
    assertThat(wrapped.lent()).startsWith(1, 1, 0, 0, 0);
  }

  @Test
  void wrappedSecretOpensAfterRestart() {
    Bytes wrapped = wrap(project, ROW);
    assertThat(unwrap(new Keks(rootKey(1), repository), project, ROW, wrapped)).isEqualTo(SECRET);
  }

  @Test
  void sameSecretIsWrappedDifferentlyEachTime() {
    var seen = new HashSet<Bytes>();
    for (int i = 0; i < 100; i++) {
      assertThat(seen.add(wrap(project, ROW))).isTrue();
    }
  }

  @Test
  void wrappedSecretMovedToAnotherRowDoesNotOpen() {
    Bytes wrapped = wrap(project, ROW);
    for (RowIdentity other :
        new RowIdentity[] {
          new RowIdentity("cmk_material", "k2", "0", "AES_256"),
          new RowIdentity("cmk_material", "k1", "1", "AES_256"),
          new RowIdentity("cmk_material", "k1", "0", "SM4"),
          new RowIdentity("iam_access_key", "k1", "0", "AES_256"),
          new RowIdentity("cmk_material", "k1", "0AES_256"),
          new RowIdentity("cmk_material", "k10", "AES_256"),
          new RowIdentity("cmk_material", "k1", "0", "AES_256", "")
        }) {
      assertDoesNotOpen(project, other, wrapped);
    }
  }

  @Test
  void wrappedSecretMovedToAnotherProjectDoesNotOpen() {
    Bytes wrapped = wrap(project, ROW);
    wrap(otherProject, ROW); // so that it has a KEK of the same version
    assertDoesNotOpen(otherProject, ROW, wrapped);
    assertDoesNotOpen(INSTANCE, ROW, wrapped);
  }

  @Test
  void everyAlteredBitIsNoticed() {
    Bytes wrapped = wrap(project, ROW);
    for (int bit = 0; bit < 8 * wrapped.length(); bit++) {
      byte[] altered = wrapped.lent().clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      assertDoesNotOpen(project, ROW, Bytes.owning(altered));
    }
  }

  @Test
  void everyOtherLengthIsNoticed() {
    byte[] wrapped = wrap(project, ROW).lent();
    for (int length = 0; length < wrapped.length + 20; length++) {
      if (length != wrapped.length) {
        assertDoesNotOpen(project, ROW, Bytes.owning(java.util.Arrays.copyOf(wrapped, length)));
      }
    }
  }

  @Test
  void emptyAndLongSecretsAreWrappedToo() {
    for (int length : new int[] {0, 1, 4096}) {
      try (var secret = new KeyMaterial(new byte[length])) {
        Bytes wrapped = keks.wrap(project, ROW, secret);
        assertThat(unwrap(keks, project, ROW, wrapped)).isEqualTo(new byte[length]);
      }
    }
  }

  @Test
  void swappedKeksDoNotOpen() {
    Bytes wrapped = wrap(project, ROW);
    wrap(otherProject, ROW);
    Bytes first = repository.rows.get(0).wrapped();
    repository.overwrite(0, repository.rows.get(1).wrapped());
    repository.overwrite(1, first);

    var restarted = new Keks(seal, repository);

    assertThatThrownBy(() -> restarted.unwrap(project, ROW, wrapped))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("altered");
  }

  @Test
  void kekRelabelledAsAnotherVersionDoesNotOpen() {
    wrap(project, ROW);
    StoredKek kek = repository.rows.getFirst();
    repository.rows.add(new StoredKek(kek.scope(), 2, kek.wrapped()));
    var restarted = new Keks(seal, repository);
    assertThatThrownBy(() -> restarted.derive(project, "any", 32))
        .isInstanceOf(SealException.class);
  }

  @Test
  void alteredKekDoesNotOpen() {
    Bytes wrapped = wrap(project, ROW);
    byte[] original = repository.rows.getFirst().wrapped().lent();
    for (int bit = 0; bit < 8 * original.length; bit++) {
      byte[] altered = original.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      repository.overwrite(0, Bytes.owning(altered));
      var restarted = new Keks(seal, repository);
      assertThatThrownBy(() -> restarted.unwrap(project, ROW, wrapped))
          .isInstanceOf(SealException.class);
    }
  }

  @Test
  void otherRootKeyOpensNothingAndSaysSo() {
    Bytes wrapped = wrap(project, ROW);
    var other = new Keks(rootKey(2), repository);
    assertThatThrownBy(() -> other.unwrap(project, ROW, wrapped))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("another root key");
  }

  @Test
  void olderKekStillOpensWhatItWrapped() {
    Bytes old = wrap(project, ROW);
    addVersion(2);
    var restarted = new Keks(seal, repository);

    Bytes recent;
    try (var secret = new KeyMaterial(SECRET.clone())) {
      recent = restarted.wrap(project, ROW, secret);
    }

    assertThat(recent.lent()).startsWith(1, 2, 0, 0, 0);
    assertThat(unwrap(restarted, project, ROW, recent)).isEqualTo(SECRET);
    assertThat(unwrap(restarted, project, ROW, old)).isEqualTo(SECRET);
  }

  @Test
  void macMatchesItsRowAlone() {
    Bytes mac = keks.mac(project, "cmk", COLUMNS);
    assertThat(mac.length()).isEqualTo(36);
    assertThat(keks.macMatches(project, "cmk", COLUMNS, mac)).isTrue();
    assertThat(new Keks(seal, repository).macMatches(project, "cmk", COLUMNS, mac)).isTrue();

    assertThat(keks.macMatches(project, "cmk", new byte[] {1, 2, 4}, mac)).isFalse();
    assertThat(keks.macMatches(project, "grant", COLUMNS, mac)).isFalse();
    keks.mac(otherProject, "cmk", COLUMNS);
    assertThat(keks.macMatches(otherProject, "cmk", COLUMNS, mac)).isFalse();
  }

  @Test
  void alteredMacDoesNotMatch() {
    byte[] mac = keks.mac(project, "cmk", COLUMNS).lent();
    for (int bit = 0; bit < 8 * mac.length; bit++) {
      byte[] altered = mac.clone();
      altered[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(keks.macMatches(project, "cmk", COLUMNS, Bytes.owning(altered))).isFalse();
    }
    assertThat(keks.macMatches(project, "cmk", COLUMNS, Bytes.owning(new byte[0]))).isFalse();
  }

  @Test
  void macOfAnOlderKekStillMatches() {
    Bytes mac = keks.mac(project, "cmk", COLUMNS);
    addVersion(2);
    var restarted = new Keks(seal, repository);
    assertThat(restarted.macMatches(project, "cmk", COLUMNS, mac)).isTrue();
    assertThat(restarted.mac(project, "cmk", COLUMNS)).isNotEqualTo(mac);
  }

  @Test
  void macOfAProjectWithoutKekDoesNotMatchAndMakesNone() {
    assertThat(keks.macMatches(project, "cmk", COLUMNS, Bytes.owning(new byte[36]))).isFalse();
    assertThat(repository.rows).isEmpty();
  }

  /// As after a failover to a copy that lagged, once another node has made a KEK.
  @Test
  void nothingUnderALostKekIsStoredHoweverManyTry() {
    Bytes first = wrap(project, ROW);
    Bytes second = wrap(project, ROW);
    repository.rows.clear();
    new Keks(seal, repository).establish(project);

    for (Bytes wrapped : List.of(first, second, first)) {
      assertThatThrownBy(() -> requireStored(wrapped)).isInstanceOf(Unavailable.class);
    }
    requireStored(wrap(project, ROW));
  }

  @Test
  void noMacIsMadeUnderALostKek() {
    keks.mac(project, "cmk", COLUMNS);
    repository.rows.clear();
    new Keks(seal, repository).establish(project);

    assertThatThrownBy(() -> keks.mac(project, "cmk", COLUMNS)).isInstanceOf(Unavailable.class);
    Bytes mac = keks.mac(project, "cmk", COLUMNS);
    assertThat(new Keks(seal, repository).macMatches(project, "cmk", COLUMNS, mac)).isTrue();
  }

  @Test
  void whatIsUnderAnotherKekThanTheLostOneOpens() {
    unwrap(keks, project, ROW, wrap(project, ROW));
    repository.rows.clear();
    var other = new Keks(seal, repository);
    Bytes mac = other.mac(project, "cmk", COLUMNS);
    assertThat(keks.macMatches(project, "cmk", COLUMNS, mac)).isTrue();

    assertThat(unwrap(other, project, ROW, wrap(project, ROW))).isEqualTo(SECRET);
  }

  @Test
  void noKekIsMadeInsideATransactionAndTheCallerMayTryAgain() {
    repository.inTransaction = true;
    assertThatThrownBy(() -> keks.mac(project, "cmk", COLUMNS)).isInstanceOf(Unavailable.class);
    assertThat(repository.rows).isEmpty();
  }

  private void requireStored(Bytes wrapped) {
    keks.requireStored(project, List.of(new Keks.Wrapped(ROW, wrapped)));
  }

  @Test
  void derivedKeysDependOnScopePurposeAndNothingElse() {
    Bytes key = derive(keks, INSTANCE, "tokens");
    assertThat(derive(new Keks(seal, repository), INSTANCE, "tokens")).isEqualTo(key);
    assertThat(derive(keks, INSTANCE, "other")).isNotEqualTo(key);
    assertThat(derive(keks, project, "tokens")).isNotEqualTo(key);
  }

  @Test
  void kekOfAScopeIsMadeOnceHoweverManyNeedIt() throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks = new ArrayList<Callable<Bytes>>();
      for (int i = 0; i < 50; i++) {
        tasks.add(() -> wrap(project, ROW));
      }
      for (var wrapped : threads.invokeAll(tasks)) {
        assertThat(unwrap(keks, project, ROW, wrapped.get())).isEqualTo(SECRET);
      }
    }
    assertThat(repository.rows).hasSize(1);
  }

  @Test
  void kekInMemoryNeedsNoWaiting() {
    Bytes wrapped = wrap(project, ROW);
    unwrap(keks, project, ROW, wrapped);
    Blocking.forbidden(() -> {
      wrap(project, ROW);
      assertThat(unwrap(keks, project, ROW, wrapped)).isEqualTo(SECRET);
    });
    assertThatThrownBy(() -> Blocking.forbidden(() -> wrap(otherProject, ROW)))
        .isInstanceOf(Blocking.WouldBlock.class);
  }

  @Test
  void closedKeksHoldNoKeysAndReadThemAgainWhenNeeded() {
    Bytes wrapped = wrap(project, ROW);
    keks.close();
    assertThatThrownBy(() -> Blocking.forbidden(() -> unwrap(keks, project, ROW, wrapped)))
        .isInstanceOf(Blocking.WouldBlock.class);
    assertThat(unwrap(keks, project, ROW, wrapped)).isEqualTo(SECRET);
  }

  static Seal rootKey(int seed) {
    byte[] key = new byte[32];
    java.util.Arrays.fill(key, (byte) seed);
    return RootKey.of(new KeyMaterial(key), "root key " + seed);
  }

  private void addVersion(int version) {
    String scope = project.storedName();
    try (var secret = new KeyMaterial(new byte[32])) {
      byte[] wrapped = seal.wrap(secret, Keks.kekAad(scope, version));
      repository.insertIfAbsent(new StoredKek(scope, version, Bytes.owning(wrapped)));
    }
  }

  private Bytes wrap(KekScope scope, RowIdentity identity) {
    try (var secret = new KeyMaterial(SECRET.clone())) {
      return keks.wrap(scope, identity, secret);
    }
  }

  private static byte[] unwrap(Keks keks, KekScope scope, RowIdentity identity, Bytes wrapped) {
    try (KeyMaterial secret = keks.unwrap(scope, identity, wrapped)) {
      return secret.lend(byte[]::clone);
    }
  }

  private static Bytes derive(Keks keks, KekScope scope, String purpose) {
    try (KeyMaterial key = keks.derive(scope, purpose, 32)) {
      return Bytes.owning(key.lend(byte[]::clone));
    }
  }

  private void assertDoesNotOpen(KekScope scope, RowIdentity identity, Bytes wrapped) {
    assertThatThrownBy(() -> keks.unwrap(scope, identity, wrapped))
        .isInstanceOf(SealException.class)
        .hasMessageContaining("does not open");
  }
}
