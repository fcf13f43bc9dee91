package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.key.Transactions;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCmkRepositoryTest extends CmkRepositoryContract {
  @TempDir Path folder;
  private SqliteStore store;
  private CmkRepository cmks;

  @BeforeEach
  void open() {
    store = new SqliteStore(folder);
    cmks = new SqlCmkRepository(store.database());
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Override
  CmkRepository cmks() {
    return cmks;
  }

  @Override
  Transactions transactions() {
    return store.database();
  }

  @Override
  CmkRepository reopened() {
    cmks = new SqlCmkRepository(store.reopened());
    return cmks;
  }

  @Test
  void destroyedMaterialIsInNoFile() throws Exception {
    StoredCmk key = pendingDeletion("k1", Instant.EPOCH);
    StoredMaterial material = cmks.material(key.cmk().id(), 0).orElseThrow();
    Set<Long> marks = marks(List.of(material));
    assertThat(occurrences(marks)).isPositive();

    cmks.destroy(key.cmk().id(), key.cmk().revision());

    assertThat(occurrences(marks)).isZero();
    assertThat(Files.size(store.file("keyhold.db-wal"))).isZero();
  }

  /// Pages that merge leave copies of rows behind, unless rows never move: with DELETE instead of
  /// the overwriting, this finds some ten of them.
  @Test
  void destroyedMaterialIsInNoFileHoweverManyKeysCameAndWent() throws Exception {
    var random = new Random(1);
    var living = new ArrayList<StoredMaterial>();
    var destroyed = new ArrayList<StoredMaterial>();
    for (int round = 0; round < 20; round++) {
      int first = round * 500;
      transactions()
          .write(() -> {
            for (int i = first; i < first + 500; i++) {
              StoredCmk key = dueForDeletion("k" + i);
              int length = random.nextInt(4) == 0 ? 1200 + random.nextInt(900) : 77;
              StoredMaterial material = material(key, length);
              cmks.insert(key, Optional.of(material), Integer.MAX_VALUE);
              living.add(material);
            }
            return true;
          });
      transactions()
          .write(() -> {
            for (int i = 0; i < 250; i++) {
              StoredMaterial material = living.remove(random.nextInt(living.size()));
              destroyed.add(material);
              assertThat(cmks.destroy(material.key(), 1)).isTrue();
            }
            return true;
          });
    }
    assertThat(occurrences(marks(destroyed))).isZero();
    for (StoredMaterial material : living) {
      assertThat(cmks.material(material.key(), 0)).contains(material);
    }
  }

  @Test
  void destroyedMaterialStaysGoneAfterRestart() throws Exception {
    StoredCmk key = pendingDeletion("k1", Instant.EPOCH);
    Set<Long> marks = marks(List.of(cmks.material(key.cmk().id(), 0).orElseThrow()));
    cmks.destroy(key.cmk().id(), key.cmk().revision());
    reopened();
    assertThat(occurrences(marks)).isZero();
    assertThat(cmks.material(key.cmk().id(), 0)).isEmpty();
  }

  /// Eight bytes out of each wrapped material, every eight bytes.
  private static Set<Long> marks(List<StoredMaterial> materials) {
    var marks = new HashSet<Long>();
    for (StoredMaterial material : materials) {
      var wrapped = ByteBuffer.wrap(material.wrapped().lent());
      while (wrapped.remaining() >= Long.BYTES) {
        marks.add(wrapped.getLong());
      }
    }
    return marks;
  }

  private long occurrences(Set<Long> marks) throws IOException {
    long found = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        var content = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int i = 0; i + Long.BYTES <= content.limit(); i++) {
          found += marks.contains(content.getLong(i)) ? 1 : 0;
        }
      }
    }
    return found;
  }
}
