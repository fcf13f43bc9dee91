package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.time.Duration;
import java.time.Instant;

/// A customer master key, all but its material. Immutable: a lifecycle call makes the next
/// revision.
///
/// @param name unique within `domain`
/// @param description 0 to 255 characters
/// @param enterpriseProject `0` for the default one, or a UUID
/// @param keystore `0` for Keyhold's own store
/// @param currentVersion the material version that encrypts, from 0
/// @param revision counts the changes to this row, from 1
public record Cmk(
    KeyId id,
    ProjectId project,
    DomainId domain,
    KeyName name,
    KeySpec spec,
    KeyUsage usage,
    KeyOrigin origin,
    KeyState state,
    String description,
    Instant createdAt,
    String enterpriseProject,
    String keystore,
    boolean defaultKey,
    int currentVersion,
    long revision) {

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1201` unless disabled
  public Cmk enabled() {
    requireCustom();
    if (!(state instanceof KeyState.Disabled)) {
      throw KmsError.KEY_NOT_DISABLED.rejected("Only a disabled key can be enabled.");
    }
    return with(new KeyState.Enabled());
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1301` unless enabled
  public Cmk disabled() {
    requireCustom();
    if (!(state instanceof KeyState.Enabled)) {
      throw KmsError.KEY_NOT_ENABLED.rejected("Only an enabled key can be disabled.");
    }
    return with(new KeyState.Disabled());
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1402` when already pending deletion
  public Cmk deletionScheduled(Instant now, Duration waitingTime) {
    requireCustom();
    if (state instanceof KeyState.PendingDeletion) {
      throw KmsError.ALREADY_PENDING_DELETION.rejected();
    }
    return with(new KeyState.PendingDeletion(now.plus(waitingTime)));
  }

  /// @param hasMaterial false leads back to pending import instead of disabled
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1501` unless pending deletion
  public Cmk deletionCancelled(boolean hasMaterial) {
    requireCustom();
    if (!(state instanceof KeyState.PendingDeletion)) {
      throw KmsError.NOT_PENDING_DELETION.rejected();
    }
    return with(hasMaterial ? new KeyState.Disabled() : new KeyState.PendingImport());
  }

  public Cmk renamed(KeyName newName) {
    requireCustom();
    requireNotPendingDeletion();
    return new Cmk(
        id,
        project,
        domain,
        newName,
        spec,
        usage,
        origin,
        state,
        description,
        createdAt,
        enterpriseProject,
        keystore,
        defaultKey,
        currentVersion,
        revision + 1);
  }

  public Cmk described(String newDescription) {
    requireCustom();
    requireNotPendingDeletion();
    return new Cmk(
        id,
        project,
        domain,
        name,
        spec,
        usage,
        origin,
        state,
        newDescription,
        createdAt,
        enterpriseProject,
        keystore,
        defaultKey,
        currentVersion,
        revision + 1);
  }

  /// What a caller may do with the material depends on the state alone; this decides it, for every
  /// cryptographic operation.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0209`, `KMS.0210` or `KMS.1301` by the
  ///   state
  public void requireUsable() {
    switch (state) {
      case KeyState.Enabled _ -> {}
      case KeyState.Disabled _ -> throw KmsError.KEY_DISABLED.rejected();
      case KeyState.PendingDeletion _ -> throw KmsError.KEY_PENDING_DELETION.rejected();
      case KeyState.PendingImport _ ->
          throw KmsError.KEY_NOT_ENABLED.rejected("Its key material has not been imported.");
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key
  public void requireCustom() {
    if (defaultKey) {
      throw KmsError.DEFAULT_KEY.rejected();
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0210` when pending deletion
  public void requireNotPendingDeletion() {
    if (state instanceof KeyState.PendingDeletion) {
      throw KmsError.KEY_PENDING_DELETION.rejected();
    }
  }

  private Cmk with(KeyState next) {
    return new Cmk(
        id,
        project,
        domain,
        name,
        spec,
        usage,
        origin,
        next,
        description,
        createdAt,
        enterpriseProject,
        keystore,
        defaultKey,
        currentVersion,
        revision + 1);
  }
}
