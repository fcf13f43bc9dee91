package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import java.time.Instant;
import java.time.InstantSource;

/// Gives keys new material. The version before stays, for what it has encrypted; a crash leaves the
/// one or the other, never a version without material.
public final class Rotations {
  private static final int BATCH = 100;

  private final CmkVault vault;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final InstantSource clock;

  public Rotations(CmkVault vault, Keyring keyring, KeyGenerator generator, InstantSource clock) {
    this.vault = vault;
    this.keyring = keyring;
    this.generator = generator;
    this.clock = clock;
  }

  /// Rotates a key now; in force when this returns.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or as [Cmk#rotated]
  public Cmk rotate(ProjectId project, KeyId id) {
    Instant now = now();
    Cmk rotated = vault.changeMaterial(project, id, cmk -> renewal(cmk, now));
    keyring.invalidate(id);
    return rotated;
  }

  /// Rotates every enabled key whose time has come, once each, however long it is overdue.
  ///
  /// @return how many
  public int rotateDue() {
    Instant now = now();
    int rotated = 0;
    int before;
    do {
      before = rotated;
      for (Cmk cmk : vault.rotationDue(now, BATCH)) {
        if (vault.store(renewal(cmk, now))) { // else it has changed; the next look sees it again
          keyring.invalidate(cmk.id());
          rotated++;
        }
      }
    } while (rotated > before);
    return rotated;
  }

  private MaterialChange renewal(Cmk cmk, Instant now) {
    Cmk next = cmk.rotated(now);
    if (cmk.nextIsImported()) {
      return new MaterialChange.None(next);
    }
    try (Material fresh = generator.generate(next.spec())) {
      return new MaterialChange.Added(next, vault.wrapped(next, fresh, now));
    }
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis()); // the store keeps milliseconds
  }
}
