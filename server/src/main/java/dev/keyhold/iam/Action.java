package dev.keyhold.iam;

/// What a caller may be permitted to do, by the names of the cloud's IAM policies. Source: DEW API
/// Reference, "Permissions Policies and Supported Actions".
public enum Action {
  CREATE_KEY("kms:cmk:create"),
  ENABLE_KEY("kms:cmk:enable"),
  DISABLE_KEY("kms:cmk:disable"),
  UPDATE_KEY("kms:cmk:update"),
  LIST_KEYS("kms:cmk:list"),
  GET_KEY("kms:cmk:get"),
  GENERATE_RANDOM("kms:cmk:generate"),
  GET_INSTANCES("kms:cmk:getInstance"),
  GET_QUOTA("kms:cmk:getQuota"),
  GET_IMPORT_PARAMETERS("kms:cmk:getMaterial"),
  IMPORT_MATERIAL("kms:cmk:importMaterial"),
  DELETE_MATERIAL("kms:cmk:deleteMaterial"),
  ENABLE_ROTATION("kms:cmk:enableRotation"),
  UPDATE_ROTATION("kms:cmk:updateRotation"),
  DISABLE_ROTATION("kms:cmk:disableRotation"),
  GET_ROTATION("kms:cmk:getRotation"),
  ROTATE_ON_DEMAND("kms:cmk:rotateOnDemand"),
  CREATE_ALIAS("kms:alias:create"),
  DELETE_ALIAS("kms:alias:delete"),
  LIST_ALIASES("kms:alias:list"),
  ASSOCIATE_ALIAS("kms:alias:associate"),
  CREATE_TAG("kms:cmkTag:create"),
  DELETE_TAG("kms:cmkTag:delete"),
  BATCH_TAGS("kms:cmkTag:batch"),
  LIST_TAGS("kms:cmkTag:list"),
  LIST_TAGGED("kms:cmkTag:listInstance"),
  CREATE_GRANT("kms:grant:create"),
  REVOKE_GRANT("kms:grant:revoke"),
  RETIRE_GRANT("kms:grant:retire"),
  LIST_GRANTS("kms:grant:list"),
  CREATE_DATAKEY("kms:dek:create"),
  CRYPTO_DATAKEY("kms:dek:crypto"),
  ENCRYPT_DATA("kms:cmk:crypto"),
  DECRYPT_DATA("kms:cmk:crypto"),
  GENERATE_MAC("kms:cmk:generateMac"),
  VERIFY_MAC("kms:cmk:verifyMac"),
  SIGN("kms:cmk:sign"),
  VERIFY("kms:cmk:verify"),
  GET_PUBLIC_KEY("kms:cmk:getPublicKey"),
  CREATE_KEYSTORE("kms:keystore:create"),
  LIST_KEYSTORES("kms:keystore:list"),
  GET_KEYSTORE("kms:keystore:get"),
  DELETE_KEYSTORE("kms:keystore:delete"),
  ENABLE_KEYSTORE("kms:keystore:enable"),
  DISABLE_KEYSTORE("kms:keystore:disable"),
  REPLICATE_KEY("kms:cmk:replicate"),
  /// The cloud publishes no name for it, nor for the next.
  UPDATE_PRIMARY_REGION("kms:cmk:updatePrimaryRegion"),
  LIST_REGIONS("kms:cmk:listRegions"),
  /// The cloud publishes no name for it.
  DERIVE_SHARED_SECRET("kms:cmk:deriveSharedSecret");

  private final String policyName;

  Action(String policyName) {
    this.policyName = policyName;
  }

  /// The name in a policy's `Action` list.
  public String policyName() {
    return policyName;
  }
}
