package dev.keyhold.key;

/// Where the material of a CMK came from (`origin`).
public enum KeyOrigin {
  /// Generated here.
  KMS("kms"),
  /// Imported by the caller.
  EXTERNAL("external");

  private final String wireName;

  KeyOrigin(String wireName) {
    this.wireName = wireName;
  }

  public String wireName() {
    return wireName;
  }
}
