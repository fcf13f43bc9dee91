package dev.keyhold.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.seal.KekCache.Slot;
import org.junit.jupiter.api.Test;

class KekCacheTest {
  private final KekCache cache = new KekCache(2);

  @Test
  void leastRecentlyUsedIsWiped() {
    Kek first = put("a");
    Kek second = put("b");
    cache.get(new Slot("a", 1)).orElseThrow().close();
    put("c");
    assertThat(cache.get(new Slot("b", 1))).isEmpty();
    assertWiped(second);
    assertThat(cache.get(new Slot("a", 1))).contains(first);
  }

  @Test
  void evictedKekServesItsHoldersToTheEnd() {
    Kek kek = put("a");
    Kek held = cache.get(new Slot("a", 1)).orElseThrow();
    cache.clear();
    held.derive("kind", "purpose", 32).close();
    held.close();
    assertWiped(kek);
  }

  @Test
  void replacedKekIsWiped() {
    Kek before = put("a");
    put("a");
    assertWiped(before);
  }

  @Test
  void theNewestLeavesWithItsPlace() {
    Kek first = put("a");
    cache.putNewest(new Slot("a", 1), first);
    assertThat(cache.newest("a")).contains(first);
    put("b");
    put("c");
    assertThat(cache.newest("a")).isEmpty();
  }

  @Test
  void onlyTheOneThatIsMeantIsRemoved() {
    Kek before = put("a");
    Kek after = put("a");
    cache.remove(new Slot("a", 1), before);
    assertThat(cache.get(new Slot("a", 1))).contains(after);
    cache.remove(new Slot("a", 1), after);
    assertThat(cache.get(new Slot("a", 1))).isEmpty();
  }

  private Kek put(String scope) {
    var kek = new Kek(1, Bytes.owning(new byte[0]), new KeyMaterial(new byte[32]));
    cache.put(new Slot(scope, 1), kek);
    kek.close(); // its maker lets go
    return kek;
  }

  private static void assertWiped(Kek kek) {
    assertThat(kek.retain()).isFalse();
    assertThatThrownBy(() -> kek.derive("kind", "purpose", 32))
        .isInstanceOf(NullPointerException.class);
  }
}
