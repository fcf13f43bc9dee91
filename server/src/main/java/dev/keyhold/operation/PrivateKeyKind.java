package dev.keyhold.operation;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.error.KmsError;
import dev.keyhold.keyring.KeyGenerator;
import dev.keyhold.keyring.Material;
import java.util.List;
import java.util.Optional;

/// The kind of private key that a caller has wrapped like a data key (`key_spec` of
/// encrypt-datakey).
enum PrivateKeyKind {
  SM2(Purpose.SM2_PRIVATE_KEY, KeyPairSpec.SM2),
  RSA(Purpose.RSA_PRIVATE_KEY, KeyPairSpec.RSA_2048, KeyPairSpec.RSA_3072, KeyPairSpec.RSA_4096);

  private final Purpose purpose;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable; the type cannot say so
  private final List<KeyPairSpec> specs;

  PrivateKeyKind(Purpose purpose, KeyPairSpec... specs) {
    this.purpose = purpose;
    this.specs = List.of(specs);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308`
  static PrivateKeyKind parse(String wire) {
    return switch (wire) {
      case "SM2" -> SM2;
      case "RSA" -> RSA;
      default -> throw KmsError.INVALID_PARAMETER.rejected("key_spec must be SM2 or RSA.");
    };
  }

  /// What a container of such a key is for.
  Purpose purpose() {
    return purpose;
  }

  /// @param pkcs8 stays the caller's
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.2101` unless it is a sound private key of
  ///   this kind in PKCS#8 DER
  /// @throws dev.keyhold.error.KmsException.Unavailable when too many keys are being looked at
  void require(KeyMaterial pkcs8, KeyGenerator generator) {
    Optional<Material.Pair> pair =
        specs.stream().flatMap(spec -> generator.ofPrivate(spec, pkcs8).stream()).findFirst();
    pair.ifPresent(Material.Pair::close);
    if (pair.isEmpty()) {
      throw KmsError.INVALID_PLAIN_TEXT.rejected(
          switch (this) {
            case SM2 -> "With key_spec SM2 it must hold an SM2 private key in PKCS#8 DER.";
            case RSA ->
                "With key_spec RSA it must hold an RSA private key of 2048, 3072 or 4096 bits in"
                    + " PKCS#8 DER.";
          });
    }
  }
}
