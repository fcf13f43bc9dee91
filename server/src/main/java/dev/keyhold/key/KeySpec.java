package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// The kind of a CMK (`key_spec`). Each names the length of its material and the usages it may
/// have, the default first. Source: DEW API Reference, "Creating a CMK".
public enum KeySpec {
  AES_256(32, KeyUsage.ENCRYPT_DECRYPT),
  SM4(16, KeyUsage.ENCRYPT_DECRYPT);

  private final int materialBytes;
  private final KeyUsage defaultUsage;

  KeySpec(int materialBytes, KeyUsage defaultUsage) {
    this.materialBytes = materialBytes;
    this.defaultUsage = defaultUsage;
  }

  /// The length of the key material in bytes.
  public int materialBytes() {
    return materialBytes;
  }

  public KeyUsage defaultUsage() {
    return defaultUsage;
  }

  public boolean allows(KeyUsage usage) {
    return usage == defaultUsage;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1110` unless `text` names a supported
  ///   spec
  public static KeySpec parse(String text) {
    return find(text)
        .orElseThrow(
            () -> KmsError.INVALID_KEY_SPEC.rejected("key_spec must be one of " + names() + "."));
  }

  public static Optional<KeySpec> find(String text) {
    return Arrays.stream(values()).filter(spec -> spec.name().equals(text)).findFirst();
  }

  private static String names() {
    return Arrays.stream(values()).map(KeySpec::name).collect(Collectors.joining(", "));
  }
}
