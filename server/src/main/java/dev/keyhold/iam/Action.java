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
  CRYPTO_DATAKEY("kms:dek:crypto");

  private final String policyName;

  Action(String policyName) {
    this.policyName = policyName;
  }

  /// The name in a policy's `Action` list.
  public String policyName() {
    return policyName;
  }
}
