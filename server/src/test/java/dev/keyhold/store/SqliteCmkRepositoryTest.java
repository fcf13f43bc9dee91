package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SqliteCmkRepositoryTest extends CmkRepositoryContract {
  @Override
  TestStore open(Path folder) {
    return new SqliteStore(folder);
  }

  @Test
  void destroyedMaterialIsInNoFile() throws Exception {
    StoredCmk key = pendingDeletion("k1", Instant.EPOCH);
    StoredMaterial material = cmks().material(key.cmk().id(), 0).orElseThrow();
    Set<Long> marks = marks(List.of(material));
    assertThat(occurrences(marks)).isPositive();

    cmks().destroy(key.cmk().id(), key.cmk().revision());

    assertThat(occurrences(marks)).isZero();
    assertThat(Files.size(folder.resolve("keyhold.db-wal"))).isZero();
  }

  @Test
  void erasedMaterialIsInNoFile() throws Exception {
    StoredCmk key = inserted("k1");
    Set<Long> marks = marks(List.of(cmks().material(key.cmk().id(), 0).orElseThrow()));
    assertThat(occurrences(marks)).isPositive();

    cmks().eraseMaterial(key.cmk().id(), 0);

    assertThat(occurrences(marks)).isZero();
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
              cmks().insert(key, Optional.of(material), Integer.MAX_VALUE);
              living.add(material);
            }
            return true;
          });
      transactions()
          .write(() -> {
            for (int i = 0; i < 250; i++) {
              StoredMaterial material = living.remove(random.nextInt(living.size()));
              destroyed.add(material);
              assertThat(cmks().destroy(material.key(), 1)).isTrue();
            }
            return true;
          });
    }
    assertThat(occurrences(marks(destroyed))).isZero();
    for (StoredMaterial material : living) {
      assertThat(cmks().material(material.key(), 0)).contains(material);
    }
  }

  @Test
  void destroyedMaterialStaysGoneAfterRestart() throws Exception {
    StoredCmk key = pendingDeletion("k1", Instant.EPOCH);
    Set<Long> marks = marks(List.of(cmks().material(key.cmk().id(), 0).orElseThrow()));
    cmks().destroy(key.cmk().id(), key.cmk().revision());
    store().reopen();
    assertThat(occurrences(marks)).isZero();
    assertThat(cmks().material(key.cmk().id(), 0)).isEmpty();
  }

  /// Eight bytes of each wrapped material, every eight bytes of its beginning.
  private static Set<Long> marks(List<StoredMaterial> materials) {
    var marks = new HashSet<Long>();
    for (StoredMaterial material : materials) {
      var wrapped = ByteBuffer.wrap(material.wrapped().lent());
      while (wrapped.remaining() >= Long.BYTES && wrapped.position() < 72) {
        marks.add(wrapped.getLong());
      }
    }
    return marks;
  }

  private long occurrences(Set<Long> marks) throws IOException {
    var hashes = new BitSet(); // most bytes are told apart here, without a box for each
    marks.forEach(mark -> hashes.set((int) (mark >>> 44)));
    long found = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        var content = ByteBuffer.wrap(Files.readAllBytes(file));
        for (int i = 0; i + Long.BYTES <= content.limit(); i++) {
          long here = content.getLong(i);
          found += hashes.get((int) (here >>> 44)) && marks.contains(here) ? 1 : 0;
        }
      }
    }
    return found;
  }
}
