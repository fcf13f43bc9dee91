package dev.keyhold.store;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredCmk;
import java.time.Instant;
import java.util.Optional;

/// A store with keys, for the contracts of what belongs to keys.
abstract class BelongingsContract extends StoreContract {
  static final Instant T0 = Instant.parse("2026-02-03T04:05:06.789Z");
  static final Bytes MAC = Bytes.owning(new byte[36]);

  final ProjectId project = ProjectId.random();
  final DomainId domain = DomainId.random();
  private int keys;

  final CmkRepository cmks() {
    return new SqlCmkRepository(store().database());
  }

  /// A key that is pending deletion, so that it can be destroyed.
  final KeyId newKey() {
    return newKey("k" + keys);
  }

  final KeyId newKey(String name) {
    return newKey(name, 1000);
  }

  final KeyId newKey(String name, int quota) {
    var cmk =
        Cmk.fresh(
                KeyId.random(),
                project,
                domain,
                new KeyName(name),
                KeySpec.AES_256,
                T0.plusMillis(keys++))
            .state(new KeyState.PendingDeletion(T0))
            .build();
    cmks().insert(new StoredCmk(cmk, MAC), Optional.empty(), quota);
    return cmk.id();
  }
}
