package dev.keyhold.key;

import static dev.keyhold.key.KeyUsage.ENCRYPT_DECRYPT;
import static dev.keyhold.key.KeyUsage.GENERATE_VERIFY_MAC;
import static dev.keyhold.key.KeyUsage.KEY_AGREEMENT;
import static dev.keyhold.key.KeyUsage.SIGN_VERIFY;

import dev.keyhold.error.KmsError;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// The kind of a CMK (`key_spec`), with the usages it may have, the default first. Source: DEW API
/// Reference, "Creating a CMK". The ML-DSA specs (FIPS 204) are ours, beyond the cloud's.
public enum KeySpec {
  AES_256(Family.SYMMETRIC, 32, ENCRYPT_DECRYPT),
  SM4(Family.SYMMETRIC, 16, ENCRYPT_DECRYPT),
  RSA_2048(Family.RSA, SIGN_VERIFY, ENCRYPT_DECRYPT),
  RSA_3072(Family.RSA, SIGN_VERIFY, ENCRYPT_DECRYPT),
  RSA_4096(Family.RSA, SIGN_VERIFY, ENCRYPT_DECRYPT),
  EC_P256(Family.EC, SIGN_VERIFY, KEY_AGREEMENT),
  EC_P384(Family.EC, SIGN_VERIFY, KEY_AGREEMENT),
  SECP256K1(Family.EC, SIGN_VERIFY, KEY_AGREEMENT),
  SM2(Family.SM2, SIGN_VERIFY, ENCRYPT_DECRYPT, KEY_AGREEMENT),
  ED25519(Family.EC, SIGN_VERIFY),
  ML_DSA_44(Family.ML_DSA, SIGN_VERIFY),
  ML_DSA_65(Family.ML_DSA, SIGN_VERIFY),
  ML_DSA_87(Family.ML_DSA, SIGN_VERIFY),
  HMAC_256(Family.HMAC, 32, GENERATE_VERIFY_MAC),
  HMAC_384(Family.HMAC, 48, GENERATE_VERIFY_MAC),
  HMAC_512(Family.HMAC, 64, GENERATE_VERIFY_MAC),
  HMAC_SM3(Family.HMAC, 32, GENERATE_VERIFY_MAC);

  /// Specs that the API's rules treat alike.
  public enum Family {
    SYMMETRIC,
    RSA,
    EC,
    SM2,
    ML_DSA,
    HMAC;

    public boolean isKeyPair() {
      return switch (this) {
        case SYMMETRIC, HMAC -> false;
        case RSA, EC, SM2, ML_DSA -> true;
      };
    }
  }

  private final Family family;
  private final int materialBytes;

  @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable; the type cannot say so
  private final List<KeyUsage> usages;

  KeySpec(Family family, KeyUsage... usages) {
    this(family, 0, usages);
  }

  KeySpec(Family family, int materialBytes, KeyUsage... usages) {
    this.family = family;
    this.materialBytes = materialBytes;
    this.usages = List.of(usages);
  }

  public Family family() {
    return family;
  }

  /// The length of a secret key in bytes.
  ///
  /// @throws IllegalStateException for a key pair
  public int materialBytes() {
    if (family.isKeyPair()) {
      throw new IllegalStateException(this + " is a key pair");
    }
    return materialBytes;
  }

  public KeyUsage defaultUsage() {
    return usages.getFirst();
  }

  public List<KeyUsage> usages() {
    return usages;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1110` unless `text` names a spec
  public static KeySpec parse(String text) {
    return find(text)
        .orElseThrow(
            () -> KmsError.INVALID_KEY_SPEC.rejected("key_spec must be one of " + names() + "."));
  }

  public static Optional<KeySpec> find(String text) {
    return Arrays.stream(values()).filter(spec -> spec.name().equals(text)).findFirst();
  }

  /// All of them, with commas between.
  public static String names() {
    return Arrays.stream(values()).map(KeySpec::name).collect(Collectors.joining(", "));
  }
}
