package dev.keyhold.store;

import static dev.keyhold.store.CmkContract.assertRejected;
import static dev.keyhold.store.CmkContract.atOnce;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.AliasRepository;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredAlias;
import java.util.Collections;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What every alias repository does, whatever database is under it.
abstract class AliasRepositoryContract extends BelongingsContract {
  private static final int MOST = 3;

  final AliasRepository aliases() {
    return new SqlAliasRepository(store().database());
  }

  @Test
  void storedAliasComesBackAsItWasAfterARestartToo() {
    StoredAlias alias = inserted(newKey(), "a");
    assertThat(aliases().find(domain, name("a"))).contains(alias);
    store().reopen();
    assertThat(aliases().find(domain, name("a"))).contains(alias);
    assertThat(aliases().find(domain, name("A"))).isEmpty();
  }

  @Test
  void aliasIsUniqueInItsDomain() {
    KeyId key = newKey();
    inserted(key, "a");
    assertRejected(KmsError.ALIAS_IN_USE, () -> inserted(newKey(), "a"));
    assertThat(aliases().find(domain, name("a")).orElseThrow().alias().key()).isEqualTo(key);
  }

  @Test
  void aKeyHasNoMoreThanItMay() {
    KeyId key = newKey();
    inserted(key, "a");
    inserted(key, "b");
    inserted(key, "c");
    assertRejected(KmsError.INVALID_PARAMETER, () -> inserted(key, "d"));
    StoredAlias elsewhere = inserted(newKey(), "e");
    assertRejected(
        KmsError.INVALID_PARAMETER,
        () -> aliases().replace(elsewhere, moved(elsewhere, key), MOST));
  }

  @Test
  void noKeyNoAlias() {
    assertRejected(KmsError.KEY_NOT_FOUND, () -> inserted(KeyId.random(), "a"));
  }

  @Test
  void racingCallersDoNotExceedTheLimit() throws Exception {
    KeyId key = newKey();
    var number = new AtomicInteger();
    var made =
        atOnce(
            12,
            () -> {
              try {
                inserted(key, "n" + number.incrementAndGet());
                return 1;
              } catch (KmsException.Rejected _) {
                return 0;
              }
            });
    assertThat(Collections.frequency(made, 1)).isEqualTo(MOST);
  }

  @Test
  void replacedAliasMeansTheOtherKey() {
    StoredAlias alias = inserted(newKey(), "a");
    KeyId other = newKey();
    StoredAlias moved = moved(alias, other);
    assertThat(aliases().replace(alias, moved, MOST)).isTrue();
    assertThat(aliases().find(domain, name("a"))).contains(moved);
    aliases().delete(other, name("a"));
    assertThat(aliases().replace(moved, moved, MOST)).isFalse();
  }

  /// Its row would have the MAC of what was read before.
  @Test
  void anAliasThatWasMadeAnewMeanwhileIsNotReplaced() {
    KeyId key = newKey();
    StoredAlias read = inserted(key, "a");
    aliases().delete(key, name("a"));
    var anew =
        new StoredAlias(
            new Alias(domain, name("a"), project, key, T0.plusMillis(5), T0.plusMillis(5)),
            Bytes.owning(new byte[] {1, 2, 3}));
    aliases().insert(anew, MOST);

    assertThat(aliases().replace(read, moved(read, newKey()), MOST)).isFalse();
    assertThat(aliases().find(domain, name("a"))).contains(anew);
  }

  @Test
  void onlyItsKeysAliasIsDeleted() {
    KeyId key = newKey();
    inserted(key, "a");
    assertThat(aliases().delete(newKey(), name("a"))).isFalse();
    assertThat(aliases().delete(key, name("a"))).isTrue();
    assertThat(aliases().find(domain, name("a"))).isEmpty();
  }

  /// A page that is short for them would look like the last one.
  @Test
  void forRowsThatDoNotParseOthersMoveUp() {
    KeyId key = newKey();
    KeyId other = newKey();
    inserted(key, "a");
    inserted(key, "b");
    inserted(other, "c");
    inserted(other, "d");
    transactions()
        .change(session ->
            session.update("UPDATE cmk_alias SET key_id = 'no id' WHERE name IN ('b', 'c')"));
    assertThat(aliases().page(project, Optional.empty(), "", 2))
        .extracting(it -> it.alias().name().text())
        .containsExactly("a", "d");
    assertThat(aliases().page(project, Optional.empty(), "a", 2))
        .extracting(it -> it.alias().name().text())
        .containsExactly("d");
    assertThat(aliases().page(project, Optional.empty(), "d", 2)).isEmpty();
  }

  @Test
  void pagesAreInOrderOfBytes() {
    KeyId key = newKey();
    inserted(key, "b");
    inserted(key, "B");
    inserted(newKey(), "a");
    assertThat(aliases().page(project, Optional.empty(), "", 10))
        .extracting(stored -> stored.alias().name().text())
        .containsExactly("B", "a", "b");
    assertThat(aliases().page(project, Optional.empty(), "B", 1))
        .extracting(stored -> stored.alias().name().text())
        .containsExactly("a");
    assertThat(aliases().page(project, Optional.of(key), "", 10)).hasSize(2);
    assertThat(aliases().page(ProjectId.random(), Optional.of(key), "", 10)).isEmpty();
  }

  @Test
  void destroyedKeyTakesItsAliasesAlong() {
    KeyId key = newKey();
    inserted(key, "a");
    inserted(newKey(), "b");
    assertThat(cmks().destroy(key, 1)).isTrue();
    assertThat(aliases().find(domain, name("a"))).isEmpty();
    assertThat(aliases().find(domain, name("b"))).isPresent();
  }

  private StoredAlias inserted(KeyId key, String name) {
    var alias = new StoredAlias(new Alias(domain, name(name), project, key, T0, T0), MAC);
    aliases().insert(alias, MOST);
    return alias;
  }

  private static StoredAlias moved(StoredAlias stored, KeyId target) {
    return new StoredAlias(stored.alias().associated(target, T0.plusMillis(1)), MAC);
  }

  private static AliasName name(String text) {
    return new AliasName(text);
  }
}
