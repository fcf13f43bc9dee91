package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.Use;
import java.util.Optional;

/// Opens keys for the operations that can be granted: keys of the caller's project, and those of
/// others on which the caller, or their domain, holds a grant. What was seen before is decided in
/// memory.
public final class KeyAccess {
  private final Keyring keyring;
  private final CmkVault vault;
  private final GrantVault grants;

  public KeyAccess(Keyring keyring, CmkVault vault, GrantVault grants) {
    this.keyring = keyring;
    this.vault = vault;
    this.grants = grants;
  }

  /// As [Keyring#open].
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207` when the caller's project has no
  ///   such key and nothing is granted, and as [Keyring#open]
  public OpenKey open(Caller caller, KeyId key, Use use, GrantOperation operation) {
    ProjectId own = caller.project();
    Optional<OpenKey> held = keyring.openHeld(own, key, use);
    if (held.isPresent()) {
      return held.get();
    }
    if (keyring.holds(key)) { // mostly another project's: whoever was granted it finds it in memory
      Optional<ProjectId> granting = grants.projectGranting(party(caller), key, operation);
      return keyring.open(granting.orElse(own), key, use);
    }
    // Most keys that are in no memory are the caller's own: nothing is asked about grants then.
    try {
      return keyring.open(own, key, use);
    } catch (KmsException.Rejected refused) {
      if (refused.error() != KmsError.KEY_NOT_FOUND) {
        throw refused;
      }
      ProjectId granting =
          grants.projectGranting(party(caller), key, operation).orElseThrow(() -> refused);
      return keyring.open(granting, key, use);
    }
  }

  /// The key without its material, in any state.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`
  public Cmk describe(Caller caller, KeyId key) {
    return find(caller, key, GrantOperation.DESCRIBE_KEY)
        .orElseThrow(KmsError.KEY_NOT_FOUND::rejected);
  }

  /// Likewise, of the caller's project or granted for `operation`.
  Optional<Cmk> find(Caller caller, KeyId key, GrantOperation operation) {
    return vault
        .find(caller.project(), key)
        .or(() ->
            grants
                .projectGranting(party(caller), key, operation)
                .flatMap(project -> vault.find(project, key)));
  }

  static GrantVault.Party party(Caller caller) {
    return new GrantVault.Party(
        caller.project(), caller.principal().user().text(), caller.principal().domain().text());
  }
}
