package dev.keyhold.key;

import java.util.Arrays;
import java.util.Optional;

/// What a grant can permit, by the names of the API.
public enum GrantOperation {
  CREATE_DATAKEY("create-datakey"),
  CREATE_DATAKEY_WITHOUT_PLAINTEXT("create-datakey-without-plaintext"),
  ENCRYPT_DATAKEY("encrypt-datakey"),
  DECRYPT_DATAKEY("decrypt-datakey"),
  DESCRIBE_KEY("describe-key"),
  CREATE_GRANT("create-grant"),
  RETIRE_GRANT("retire-grant"),
  ENCRYPT_DATA("encrypt-data"),
  DECRYPT_DATA("decrypt-data");

  private final String wireName;

  GrantOperation(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }

  public static Optional<GrantOperation> find(String wireName) {
    return Arrays.stream(values())
        .filter(operation -> operation.wireName.equals(wireName))
        .findFirst();
  }
}
