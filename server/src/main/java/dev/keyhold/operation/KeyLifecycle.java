package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Keystores;
import dev.keyhold.keyring.Material;
import dev.keyhold.replication.Replicator;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Creates CMKs and leads them through their states: create-key, enable-key, disable-key,
/// schedule-key-deletion, cancel-key-deletion, update-key-alias, update-key-description. Source:
/// DEW API Reference, "Key Lifecycle Management". A change is durable, and in force on this node,
/// before it is acknowledged.
public final class KeyLifecycle {
  private static final int LEAST_PENDING_DAYS = 7;
  private static final int MOST_PENDING_DAYS = 1096;
  private static final int MOST_DESCRIPTION_CHARS = 255;
  private static final String DEFAULT_ENTERPRISE_PROJECT = "0";
  private static final String DEFAULT_KEYSTORE = "0";
  private static final Set<String> SHARED_KEYSTORES = Set.of("1", "2");

  /// @param keyAlias the name of the key; see [KeyName]
  /// @param keySpec default `AES_256`
  /// @param keyUsage default by the spec
  /// @param keystoreId `0` or a dedicated keystore of the caller's domain
  /// @param vmId must be absent
  /// @param realm legacy; must be this region if given
  public record CreateRequest(
      String keyAlias,
      Optional<String> keySpec,
      Optional<String> keyUsage,
      Optional<String> keyDescription,
      Optional<String> origin,
      Optional<String> enterpriseProjectId,
      Optional<String> keystoreId,
      Optional<String> vmId,
      Optional<String> realm,
      Optional<String> sequence) {
    public CreateRequest {
      Require.member("key_alias", keyAlias);
    }
  }

  public record CreateResponse(CreatedKey keyInfo) {}

  public record CreatedKey(String keyId, String domainId) {}

  public record KeyRequest(String keyId, Optional<String> sequence) {
    public KeyRequest {
      Require.member("key_id", keyId);
    }
  }

  public record StateResponse(KeyAndState keyInfo) {}

  /// Also the whole answer of the two deletion calls, which have no `key_info` around it.
  public record KeyAndState(String keyId, String keyState) {
    private static KeyAndState of(Cmk cmk) {
      return new KeyAndState(cmk.id().text(), cmk.state().wireNumber());
    }
  }

  /// @param pendingDays how long the key can still be saved: 7 to 1096 days
  public record ScheduleDeletionRequest(
      String keyId, WireNumber pendingDays, Optional<String> sequence) {
    public ScheduleDeletionRequest {
      Require.member("key_id", keyId);
      Require.member("pending_days", pendingDays);
    }
  }

  public record UpdateAliasRequest(String keyId, String keyAlias, Optional<String> sequence) {
    public UpdateAliasRequest {
      Require.member("key_id", keyId);
      Require.member("key_alias", keyAlias);
    }
  }

  public record AliasResponse(KeyAndAlias keyInfo) {}

  public record KeyAndAlias(String keyId, String keyAlias) {}

  public record UpdateDescriptionRequest(
      String keyId, String keyDescription, Optional<String> sequence) {
    public UpdateDescriptionRequest {
      Require.member("key_id", keyId);
      Require.member("key_description", keyDescription);
    }
  }

  public record DescriptionResponse(KeyAndDescription keyInfo) {}

  public record KeyAndDescription(String keyId, String keyDescription) {}

  private final Authorizer authorizer;
  private final CmkVault vault;
  private final Keystores keystores;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final Replicator replicator;
  private final InstantSource clock;
  private final InstantSource waitingClock;
  private final String region;
  private final int keyQuota;

  /// @param waitingClock when the waiting time of a deletion begins: it ends by clocks that may be
  ///   others
  /// @param keyQuota how many custom keys a project may have
  public KeyLifecycle(
      Authorizer authorizer,
      CmkVault vault,
      Keystores keystores,
      Keyring keyring,
      KeyGenerator generator,
      Replicator replicator,
      InstantSource clock,
      InstantSource waitingClock,
      String region,
      int keyQuota) {
    this.authorizer = authorizer;
    this.vault = vault;
    this.keystores = keystores;
    this.keyring = keyring;
    this.generator = generator;
    this.replicator = replicator;
    this.clock = clock;
    this.waitingClock = waitingClock;
    this.region = region;
    this.keyQuota = keyQuota;
  }

  public CreateResponse create(Caller caller, CreateRequest request) {
    Wire.checkSequence(request.sequence());
    KeyName name = KeyName.parseCustom(request.keyAlias());
    checkRealm(request.realm());
    KeySpec spec = Wire.given(request.keySpec()).map(KeySpec::parse).orElse(KeySpec.AES_256);
    KeyUsage usage = usage(spec, Wire.given(request.keyUsage()));
    KeyOrigin origin = origin(request.origin());
    String description = description(request.keyDescription().orElse(""));
    String enterpriseProject = enterpriseProject(request.enterpriseProjectId());
    Optional<KeystoreId> keystore = keystore(request.keystoreId());
    if (keystore.isPresent() && origin == KeyOrigin.EXTERNAL) {
      throw KmsError.KEYSTORE_NO_IMPORT.rejected();
    }
    checkVm(request.vmId());

    authorizer.require(caller, Action.CREATE_KEY);
    keystore.ifPresent(id -> keystores.requireEnabled(caller.principal().domain(), id));

    var draft =
        Cmk.fresh(
                KeyId.random(),
                caller.project(),
                caller.principal().domain(),
                name,
                spec,
                StoredTime.now(clock))
            .usage(usage)
            .description(description)
            .enterpriseProject(enterpriseProject);
    keystore.ifPresent(draft::keystore);
    if (origin == KeyOrigin.EXTERNAL) {
      draft.origin(KeyOrigin.EXTERNAL).state(new KeyState.PendingImport());
    }
    Cmk cmk = draft.build();
    if (origin == KeyOrigin.EXTERNAL) {
      vault.createWithoutMaterial(cmk, keyQuota);
    } else {
      try (Material material = generator.generate(spec)) {
        vault.create(cmk, material, keyQuota);
      }
    }
    return new CreateResponse(new CreatedKey(cmk.id().text(), cmk.domain().text()));
  }

  public StateResponse enable(Caller caller, KeyRequest request) {
    return new StateResponse(
        KeyAndState.of(change(caller, Action.ENABLE_KEY, request, Cmk::enabled)));
  }

  public StateResponse disable(Caller caller, KeyRequest request) {
    return new StateResponse(
        KeyAndState.of(change(caller, Action.DISABLE_KEY, request, Cmk::disabled)));
  }

  public KeyAndState scheduleDeletion(Caller caller, ScheduleDeletionRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    int days =
        Wire.number(
            request.pendingDays(),
            "pending_days",
            LEAST_PENDING_DAYS,
            MOST_PENDING_DAYS,
            KmsError.INVALID_PENDING_DAYS);
    authorizer.require(caller, Action.UPDATE_KEY, id);
    replicator.beforeDeletion(caller.project(), id);
    Instant now = StoredTime.now(waitingClock);
    return KeyAndState.of(
        change(
            caller,
            Action.UPDATE_KEY,
            id,
            cmk -> replicator.withoutStrangers(cmk).deletionScheduled(now, Duration.ofDays(days))));
  }

  public KeyAndState cancelDeletion(Caller caller, KeyRequest request) {
    return KeyAndState.of(change(caller, Action.UPDATE_KEY, request, Cmk::deletionCancelled));
  }

  public AliasResponse updateAlias(Caller caller, UpdateAliasRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    KeyName name = KeyName.parseCustom(request.keyAlias());
    Cmk cmk = change(caller, Action.UPDATE_KEY, id, key -> key.renamed(name));
    return new AliasResponse(new KeyAndAlias(cmk.id().text(), cmk.name().text()));
  }

  public DescriptionResponse updateDescription(Caller caller, UpdateDescriptionRequest request) {
    KeyId id = Wire.keyId(request.keyId(), request.sequence());
    String description = description(request.keyDescription());
    Cmk cmk = change(caller, Action.UPDATE_KEY, id, key -> key.described(description));
    return new DescriptionResponse(new KeyAndDescription(cmk.id().text(), cmk.description()));
  }

  private Cmk change(Caller caller, Action action, KeyRequest request, UnaryOperator<Cmk> step) {
    return change(caller, action, Wire.keyId(request.keyId(), request.sequence()), step);
  }

  private Cmk change(Caller caller, Action action, KeyId id, UnaryOperator<Cmk> step) {
    authorizer.require(caller, action, id);
    Cmk changed = vault.change(caller.project(), id, step);
    keyring.invalidate(id);
    return changed;
  }

  private static KeyUsage usage(KeySpec spec, Optional<String> text) {
    KeyUsage usage = text.map(KeyUsage::parse).orElse(spec.defaultUsage());
    if (!spec.usages().contains(usage)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "key_usage must be one of " + spec.usages() + " for a key of spec " + spec + ".");
    }
    return usage;
  }

  private void checkRealm(Optional<String> realm) {
    if (Wire.given(realm).filter(given -> !given.equals(region)).isPresent()) {
      throw KmsError.INVALID_REALM.rejected("realm must be " + region + ".");
    }
  }

  private static KeyOrigin origin(Optional<String> origin) {
    return switch (Wire.given(origin).orElse("kms")) {
      case "kms" -> KeyOrigin.KMS;
      case "external" -> KeyOrigin.EXTERNAL;
      default -> throw KmsError.INVALID_PARAMETER.rejected("origin must be kms or external.");
    };
  }

  static String description(String text) {
    if (text.codePointCount(0, text.length()) > MOST_DESCRIPTION_CHARS || text.indexOf(0) >= 0) {
      throw KmsError.INVALID_DESCRIPTION.rejected(
          "key_description must have at most 255 characters, and no NUL among them.");
    }
    return text;
  }

  static String enterpriseProject(Optional<String> text) {
    String project = Wire.given(text).orElse(DEFAULT_ENTERPRISE_PROJECT);
    if (!project.equals(DEFAULT_ENTERPRISE_PROJECT) && !KeyId.isWellFormed(project)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "enterprise_project_id must be 0 or a lower-case UUID.");
    }
    return project;
  }

  /// The level-4 scenario of the cloud binds a key to a virtual machine; who asks for that must not
  /// get a key that is not bound.
  private static void checkVm(Optional<String> vmId) {
    if (Wire.given(vmId).isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "vm_id must be absent: keys are not bound to virtual machines here.");
    }
  }

  /// Empty for Keyhold's own store.
  private static Optional<KeystoreId> keystore(Optional<String> given) {
    Optional<String> other = Wire.given(given).filter(id -> !id.equals(DEFAULT_KEYSTORE));
    if (other.filter(SHARED_KEYSTORES::contains).isPresent()) {
      throw KmsError.KEYSTORE_UNSUPPORTED.rejected(
          "keystore_id must be 0, absent, or a keystore of your own: there are no shared ones.");
    }
    return other.map(KeystoreId::parse);
  }
}
