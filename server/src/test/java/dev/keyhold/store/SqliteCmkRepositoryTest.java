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

  /// Pages that split and merge leave copies of rows behind, unless rows never move.
  @Test
  void destroyedMaterialIsInNoFileHoweverManyKeysCameAndWent() throws Exception {
    var random = new Random(7);
    var living = new ArrayList<StoredCmk>();
    var destroyed = new ArrayList<StoredMaterial>();
    int number = 0;
    for (int round = 0; round < 6; round++) {
      int first = number;
      transactions()
          .write(() -> {
            for (int i = first; i < first + 200; i++) {
              living.add(pendingDeletion("k" + i, Instant.EPOCH));
            }
            return true;
          });
      number += 200;
      transactions()
          .write(() -> {
            for (int i = 0; i < 120; i++) {
              StoredCmk key = living.remove(random.nextInt(living.size()));
              destroyed.add(cmks.material(key.cmk().id(), 0).orElseThrow());
              assertThat(cmks.destroy(key.cmk().id(), key.cmk().revision())).isTrue();
            }
            return true;
          });
    }
    assertThat(occurrences(marks(destroyed))).isZero();
    for (StoredCmk key : living) {
      assertThat(cmks.material(key.cmk().id(), 0)).isPresent();
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
