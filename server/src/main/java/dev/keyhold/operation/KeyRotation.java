package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.MaterialVersion;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredTime;
import dev.keyhold.key.Transactions;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Renews the material of keys: enable-key-rotation, disable-key-rotation,
/// update-key-rotation-interval, get-key-rotation-status, rotate-on-demand. Source: DEW API
/// Reference, "Key Rotation Management". Rotation changes what encrypts from then on; what was
/// encrypted before opens as ever.
public final class KeyRotation {
  private static final int LEAST_INTERVAL_DAYS = 30;
  private static final int MOST_INTERVAL_DAYS = 365;
  private static final int DEFAULT_INTERVAL_DAYS = 365;
  private static final String AWAITING_ROTATION = "0";
  private static final String ENABLED = "2";

  public record Request(String keyId, Optional<String> sequence) {
    public Request {
      Require.member("key_id", keyId);
    }
  }

  /// @param rotationInterval 30 to 365 days
  public record IntervalRequest(
      String keyId, WireNumber rotationInterval, Optional<String> sequence) {
    public IntervalRequest {
      Require.member("key_id", keyId);
      Require.member("rotation_interval", rotationInterval);
    }
  }

  /// @param rotationInterval days; while rotation is off, those that enabling it gives
  /// @param lastRotationTime epoch milliseconds, empty before the first rotation
  /// @param keyMaterials from the oldest
  public record StatusResponse(
      boolean keyRotationEnabled,
      int rotationInterval,
      String lastRotationTime,
      int numberOfRotations,
      List<KeyMaterialInfo> keyMaterials) {}

  /// @param materialId the version, as it is in a ciphertext
  /// @param createTime epoch milliseconds
  /// @param expirationTime epoch milliseconds, empty for never
  /// @param state `2`; `0` for material that awaits rotation
  public record KeyMaterialInfo(
      String materialId, String createTime, String expirationTime, String state) {}

  public record RotateResponse(String keyId) {}

  private final Authorizer authorizer;
  private final CmkVault vault;
  private final Keyring keyring;
  private final Rotations rotations;
  private final Transactions transactions;
  private final InstantSource clock;

  public KeyRotation(
      Authorizer authorizer,
      CmkVault vault,
      Keyring keyring,
      Rotations rotations,
      Transactions transactions,
      InstantSource clock) {
    this.authorizer = authorizer;
    this.vault = vault;
    this.keyring = keyring;
    this.rotations = rotations;
    this.transactions = transactions;
    this.clock = clock;
  }

  public Done enable(Caller caller, Request request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    Instant now = StoredTime.now(clock);
    return change(
        caller, Action.ENABLE_ROTATION, id, cmk -> cmk.rotationEnabled(now, DEFAULT_INTERVAL_DAYS));
  }

  public Done disable(Caller caller, Request request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    return change(caller, Action.DISABLE_ROTATION, id, Cmk::rotationDisabled);
  }

  public Done updateInterval(Caller caller, IntervalRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    int days =
        Wire.number(
            request.rotationInterval(),
            "rotation_interval",
            LEAST_INTERVAL_DAYS,
            MOST_INTERVAL_DAYS,
            KmsError.INVALID_ROTATION_INTERVAL);
    return change(caller, Action.UPDATE_ROTATION, id, cmk -> cmk.rotationIntervalChanged(days));
  }

  /// Of any key: one that can't be rotated is a key whose rotation is off.
  public StatusResponse status(Caller caller, Request request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    authorizer.require(caller, Action.GET_ROTATION, id);
    return transactions.read(() -> {
      Cmk cmk = vault.load(caller.project(), id);
      Optional<Rotation.Schedule> schedule = cmk.rotation().schedule();
      return new StatusResponse(
          schedule.isPresent(),
          schedule.map(Rotation.Schedule::intervalDays).orElse(DEFAULT_INTERVAL_DAYS),
          millis(cmk.rotation().last()),
          cmk.currentVersion(),
          vault.versions(cmk).stream().map(version -> info(cmk, version)).toList());
    });
  }

  /// At once: an external key to the material that was imported for it, others to material that is
  /// made now. The cloud has this call for external keys alone.
  public RotateResponse rotate(Caller caller, Request request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    authorizer.require(caller, Action.ROTATE_ON_DEMAND, id);
    return new RotateResponse(rotations.rotate(caller.project(), id).id().text());
  }

  private Done change(Caller caller, Action action, KeyId id, UnaryOperator<Cmk> step) {
    authorizer.require(caller, action, id);
    vault.change(caller.project(), id, step);
    keyring.invalidate(id);
    return Done.DONE;
  }

  private static KeyMaterialInfo info(Cmk cmk, MaterialVersion version) {
    return new KeyMaterialInfo(
        Integer.toString(version.version()),
        millis(Optional.of(version.createdAt())),
        millis(cmk.imported().flatMap(it -> it.versions().get(version.version()).expiresAt())),
        version.version() > cmk.currentVersion() ? AWAITING_ROTATION : ENABLED);
  }

  private static String millis(Optional<Instant> time) {
    return time.map(it -> Long.toString(it.toEpochMilli())).orElse("");
  }
}
