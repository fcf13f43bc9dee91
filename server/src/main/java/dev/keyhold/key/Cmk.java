package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// A customer master key, all but its material. Immutable: a lifecycle call makes the next
/// revision.
///
/// @param name unique within `domain`
/// @param description 0 to 255 characters
/// @param enterpriseProject `0` for the default one, or a UUID
/// @param keystore `0` for Keyhold's own store
/// @param currentVersion the material version that encrypts, from 0; one more with each rotation
/// @param imported of an external key, from its first import on
/// @param regions of a multi-region key
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
    Rotation rotation,
    Optional<ImportedMaterial> imported,
    Optional<Regions> regions,
    long revision) {
  private static final String OWN_STORE = "0";
  private static final String DEFAULT_ENTERPRISE_PROJECT = "0";

  /// A key to be made, as most are: enabled, of its spec's default usage, made here, in Keyhold's
  /// own store, never rotated. The builder has what is to be otherwise.
  ///
  /// @param createdAt in whole milliseconds ([StoredTime])
  public static CmkBuilder fresh(
      KeyId id, ProjectId project, DomainId domain, KeyName name, KeySpec spec, Instant createdAt) {
    return new Cmk(
            id,
            project,
            domain,
            name,
            spec,
            spec.defaultUsage(),
            KeyOrigin.KMS,
            new KeyState.Enabled(),
            "",
            createdAt,
            DEFAULT_ENTERPRISE_PROJECT,
            OWN_STORE,
            false,
            0,
            Rotation.NEVER,
            Optional.empty(),
            Optional.empty(),
            1)
        .toBuilder();
  }

  /// A builder that starts from this key as it is.
  public CmkBuilder toBuilder() {
    return new CmkBuilder(this);
  }

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

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1402` when already pending deletion,
  ///   `KMS.0308` while it has replicas
  public Cmk deletionScheduled(Instant now, Duration waitingTime) {
    requireCustom();
    regions.ifPresent(Regions::requireDeletable);
    if (state instanceof KeyState.PendingDeletion) {
      throw KmsError.ALREADY_PENDING_DELETION.rejected();
    }
    return with(new KeyState.PendingDeletion(now.plus(waitingTime)));
  }

  /// Leads to disabled; a key without material becomes pending import again.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1501` unless pending deletion
  public Cmk deletionCancelled() {
    requireCustom();
    if (!(state instanceof KeyState.PendingDeletion)) {
      throw KmsError.NOT_PENDING_DELETION.rejected();
    }
    return with(hasMaterial() ? new KeyState.Disabled() : new KeyState.PendingImport());
  }

  public Cmk renamed(KeyName newName) {
    requireCustom();
    requireNotPendingDeletion();
    return next().name(newName).build();
  }

  public Cmk described(String newDescription) {
    requireCustom();
    requireNotPendingDeletion();
    return next().description(newDescription).build();
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

  /// Automatic rotation every `intervalDays`, the first that long after `now`.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2901` when it is on, and as
  ///   [#requireRotatable]
  public Cmk rotationEnabled(Instant now, int intervalDays) {
    requireRotatable();
    if (rotation.schedule().isPresent()) {
      throw KmsError.ROTATION_ALREADY_ON.rejected();
    }
    return next().rotation(rotation.scheduled(Rotation.Schedule.from(now, intervalDays))).build();
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0313` when it is off, and as
  ///   [#requireRotatable]
  public Cmk rotationDisabled() {
    requireRotatable();
    var _ = schedule();
    return next().rotation(rotation.off()).build();
  }

  /// Another interval, counted from the last rotation, or from when rotation was enabled: a shorter
  /// one may make the next rotation due at once.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0313` when rotation is off, and as
  ///   [#requireRotatable]
  public Cmk rotationIntervalChanged(int days) {
    requireRotatable();
    return next().rotation(rotation.scheduled(schedule().withInterval(days))).build();
  }

  /// The key with the next version of its material as the current one; while it has replicas, as a
  /// staged one, which is current once [#inForce]. An external key has it from an import, others
  /// are given it.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [#requireRotatable], and by the state as
  ///   [#requireUsable]; an external key only where no material awaits rotation
  public Cmk rotated(Instant now) {
    if (!nextIsImported(now)) {
      requireRotatable();
    }
    requireUsable();
    if (regions.filter(it -> !it.replicas().isEmpty()).isPresent()) {
      if (newestVersion() > currentVersion) {
        throw KmsError.SERVICE_UNAVAILABLE.rejected("A rotation is under way.");
      }
      return next()
          .regions(regions.map(it -> it.staged(currentVersion + 1)))
          .rotation(rotation.begun(now))
          .build();
    }
    return next().currentVersion(currentVersion + 1).rotation(rotation.done(now)).build();
  }

  /// The key with its staged version as the current one.
  public Cmk inForce(Instant now) {
    return next()
        .currentVersion(newestVersion())
        .rotation(rotation.ended(now))
        .regions(regions.map(Regions::inForce))
        .build();
  }

  /// The current version, or the staged one.
  public int newestVersion() {
    return regions.flatMap(Regions::staged).orElse(currentVersion);
  }

  /// Whether automatic rotation should have run: on, its time come, and the key enabled.
  public boolean rotationDue(Instant now) {
    return state instanceof KeyState.Enabled
        && rotation.schedule().filter(it -> !it.next().isAfter(now)).isPresent();
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key, `KMS.0312` for
  ///   an external one, `KMS.0324` for RSA, `KMS.0325` for other key pairs, `KMS.0341` for HMAC,
  ///   `KMS.0338` outside Keyhold's own store, `KMS.0210` when pending deletion, `KMS.0319` for a
  ///   replica
  public void requireRotatable() {
    requireCustom();
    if (origin == KeyOrigin.EXTERNAL) {
      throw KmsError.EXTERNAL_KEY_CANNOT_ROTATE.rejected();
    }
    requireOfRotatingSpec();
    if (isInDedicatedKeystore()) {
      throw KmsError.KEYSTORE_NO_ROTATION.rejected();
    }
    requireNotPendingDeletion();
    regions.ifPresent(Regions::requireMayRotate);
  }

  private void requireOfRotatingSpec() {
    switch (spec.family()) {
      case SYMMETRIC -> {}
      case RSA -> throw KmsError.RSA_KEY_CANNOT_ROTATE.rejected();
      case EC, SM2, ML_DSA -> throw KmsError.ASYMMETRIC_KEY_UNSUPPORTED.rejected();
      case HMAC -> throw KmsError.HMAC_KEY_UNSUPPORTED.rejected();
    }
  }

  /// Whether the material after the current one was imported, has not expired, and awaits
  /// [#rotated].
  public boolean nextIsImported(Instant now) {
    return imported.filter(it -> it.has(currentVersion + 1, now)).isPresent();
  }

  private void requireForImport() {
    requireExternal();
    if (isInDedicatedKeystore()) {
      throw KmsError.KEYSTORE_NO_IMPORT.rejected();
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key, `KMS.0309`
  ///   unless external, `KMS.0339` outside Keyhold's own store, `KMS.0310` unless pending import
  public void requireImportable() {
    requireForImport();
    if (!(state instanceof KeyState.PendingImport)) {
      throw KmsError.NOT_PENDING_IMPORT.rejected();
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key, `KMS.0309`
  ///   unless external, `KMS.0339` outside Keyhold's own store, by the spec `KMS.0324`, `KMS.0325`,
  ///   `KMS.0341`, and by the state as [#requireUsable]
  public void requireNextImportable() {
    requireForImport();
    requireOfRotatingSpec();
    requireUsable();
  }

  /// The key with a version of its material imported; enabled once it has all that it ever
  /// encrypted with.
  ///
  /// @param version one that it had, or 0
  /// @throws dev.keyhold.error.KmsException.Rejected as [#requireImportable]; `KMS.2702` when the
  ///   material of a key pair is to expire
  public Cmk materialImported(int version, Bytes print, Optional<Instant> expiresAt) {
    requireImportable();
    if (spec.family().isKeyPair() && expiresAt.isPresent()) {
      throw KmsError.PRIVATE_MATERIAL_NOT_DELETABLE.rejected(
          "expiration_time must be absent for a key pair.");
    }
    var material = imported.orElse(ImportedMaterial.NONE).with(version, print, expiresAt);
    return next()
        .imported(material)
        .state(
            material.isComplete(currentVersion)
                ? new KeyState.Enabled()
                : new KeyState.PendingImport())
        .build();
  }

  /// The key with material that awaits rotation, in the place of any that did before.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [#requireNextImportable]
  public Cmk nextMaterialImported(Bytes print, Optional<Instant> expiresAt) {
    requireNextImportable();
    return next()
        .imported(imported.orElseThrow().with(currentVersion + 1, print, expiresAt))
        .build();
  }

  /// The key without its imported material, to be imported again.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key, `KMS.0309`
  ///   unless external, `KMS.2702` for a key pair, `KMS.2701` unless enabled or disabled
  public Cmk materialDeleted() {
    requireExternal();
    if (spec.family().isKeyPair()) {
      throw KmsError.PRIVATE_MATERIAL_NOT_DELETABLE.rejected();
    }
    return switch (state) {
      case KeyState.Enabled _, KeyState.Disabled _ ->
          next()
              .imported(imported.orElseThrow().deleted(currentVersion))
              .state(new KeyState.PendingImport())
              .build();
      case KeyState.PendingDeletion _, KeyState.PendingImport _ ->
          throw KmsError.MATERIAL_NOT_DELETABLE.rejected();
    };
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key, `KMS.1404` for
  ///   an external one, `KMS.0340` outside Keyhold's own store, and by the state as
  ///   [#requireUsable]
  public void requireReplicable() {
    requireCustom();
    if (origin == KeyOrigin.EXTERNAL) {
      throw KmsError.NOT_ORIGINAL_REGION.rejected(
          "Imported material stays in the region it was imported in: the key can't be replicated.");
    }
    if (isInDedicatedKeystore()) {
      throw KmsError.KEYSTORE_UNSUPPORTED.rejected(
          "A key in a dedicated keystore can't be replicated.");
    }
    requireUsable();
  }

  /// The key without the imported material that has expired. One that is pending deletion stays so,
  /// and one that lacks nothing it ever encrypted with stays as it is.
  public Cmk materialExpired(Instant now) {
    ImportedMaterial left = imported.orElseThrow().expired(now, currentVersion);
    boolean unusable =
        !left.isComplete(currentVersion) && !(state instanceof KeyState.PendingDeletion);
    return next().imported(left).state(unusable ? new KeyState.PendingImport() : state).build();
  }

  private boolean hasMaterial() {
    return origin == KeyOrigin.KMS
        || imported.filter(it -> it.isComplete(currentVersion)).isPresent();
  }

  private Rotation.Schedule schedule() {
    return rotation.schedule().orElseThrow(KmsError.ROTATION_OFF::rejected);
  }

  /// The keystore with whose HSM its material opens; empty for Keyhold's own store.
  public Optional<KeystoreId> dedicatedKeystore() {
    return isInDedicatedKeystore() ? Optional.of(new KeystoreId(keystore)) : Optional.empty();
  }

  /// Whether its material opens with an HSM.
  public boolean isInDedicatedKeystore() {
    return !keystore.equals(OWN_STORE);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0211` for a default key
  public void requireCustom() {
    if (defaultKey) {
      throw KmsError.DEFAULT_KEY.rejected();
    }
  }

  private void requireExternal() {
    requireCustom();
    if (origin != KeyOrigin.EXTERNAL) {
      throw KmsError.NOT_AN_EXTERNAL_KEY.rejected();
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0210` when pending deletion
  public void requireNotPendingDeletion() {
    if (state instanceof KeyState.PendingDeletion) {
      throw KmsError.KEY_PENDING_DELETION.rejected();
    }
  }

  private Cmk with(KeyState next) {
    return next().state(next).build();
  }

  CmkBuilder next() {
    return toBuilder().revision(revision + 1);
  }
}
