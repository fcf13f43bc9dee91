package dev.keyhold.keyring;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredTime;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.UnaryOperator;

/// Gives keys new material. The version before stays, for what it has encrypted; a crash leaves the
/// one or the other, never a version without material.
public final class Rotations {
  private static final int BATCH = 100;

  private final CmkVault vault;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final InstantSource clock;
  private final UnaryOperator<Cmk> delivery;

  /// @param delivery brings the staged material of a key to its replicas, as far as they can be
  ///   reached, and tells what the key is then
  public Rotations(
      CmkVault vault,
      Keyring keyring,
      KeyGenerator generator,
      InstantSource clock,
      UnaryOperator<Cmk> delivery) {
    this.vault = vault;
    this.keyring = keyring;
    this.generator = generator;
    this.clock = clock;
    this.delivery = delivery;
  }

  /// Rotates a key now; in force when this returns. A rotation that is under way already is carried
  /// on, so the call can be repeated.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or as [Cmk#rotated]; `KMS.0104`
  ///   when a replica can't be reached: the rotation ends by itself when it can
  public Cmk rotate(ProjectId project, KeyId id) {
    Instant now = now();
    Cmk rotated = vault.load(project, id);
    if (!isUnderWay(rotated)) {
      rotated =
          vault.changeMaterial(project, id, cmk -> isUnderWay(cmk) ? same(cmk) : renewal(cmk, now));
      keyring.invalidate(id);
    }
    return isUnderWay(rotated) ? delivered(rotated) : rotated;
  }

  private Cmk delivered(Cmk staged) {
    var _ = delivery.apply(staged); // it may know less of the key than the store
    Cmk delivered = vault.load(staged.project(), staged.id()); // others may have been faster
    if (delivered.currentVersion() >= staged.newestVersion()) {
      return delivered;
    }
    throw KmsError.SERVICE_UNAVAILABLE.rejected(
        isUnderWay(delivered)
            ? "Not all replicas can be reached. The rotation is under way, and done as soon as they"
                + " can."
            : "The rotation was given up: another region knows more of the key than this one. If"
                + " its store was put back from a backup, see docs/multi-region.md.");
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
      for (Cmk cmk : vault.due().forRotation(now, BATCH)) {
        // Unless it has changed; then the next look sees it again.
        if (vault.due().attempt(cmk, () -> vault.store(renewal(cmk, now)))) {
          keyring.invalidate(cmk.id());
          rotated++;
        }
      }
    } while (rotated > before);
    return rotated;
  }

  private static boolean isUnderWay(Cmk cmk) {
    return cmk.newestVersion() > cmk.currentVersion();
  }

  private static MaterialChange same(Cmk cmk) {
    return new MaterialChange.None(cmk.toBuilder().revision(cmk.revision() + 1).build());
  }

  private MaterialChange renewal(Cmk cmk, Instant now) {
    Cmk next = cmk.rotated(now);
    if (cmk.nextIsImported(now)) {
      return new MaterialChange.None(next);
    }
    try (Material fresh = generator.generate(next.spec())) {
      return new MaterialChange.Added(next, vault.wrapped(next, fresh, now));
    }
  }

  private Instant now() {
    return StoredTime.now(clock);
  }
}
