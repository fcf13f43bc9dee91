package dev.keyhold.crypto;

import java.security.spec.MGF1ParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

/// Encryption under a public key. The names are those of `encryption_algorithm` and
/// `wrapping_algorithm`; the ciphertext is the bare standard encoding.
public enum PublicKeyCipher {
  /// RFC 8017, section 7.1, MGF1 with SHA-256 too, empty label.
  RSAES_OAEP_SHA_256(2 + 2 * 32),
  /// RFC 8017, section 7.1, MGF1 with SHA-1 too, empty label.
  RSAES_OAEP_SHA_1(2 + 2 * 20),
  /// RFC 8017, section 7.2. For old clients' imports and nothing else: its refusals are an oracle
  /// (Bleichenbacher) for whoever may ask often, about a key used more than once.
  RSAES_PKCS1_V1_5(11),
  /// GB/T 32918.4, C1 C3 C2, as the DER sequence of GM/T 0009, section 7.2: x, y, C3, C2.
  SM2_ENCRYPT(0);

  /// SM2 has no limit of its own; this is that of encrypt-data (DEW API Reference).
  private static final int MOST_SM2_BYTES = 4096;

  private final int overhead;

  PublicKeyCipher(int overhead) {
    this.overhead = overhead;
  }

  public static Optional<PublicKeyCipher> find(String name) {
    return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
  }

  /// Whether keys of `spec` encrypt with it.
  public boolean fits(KeyPairSpec spec) {
    return switch (this) {
      case RSAES_OAEP_SHA_256, RSAES_OAEP_SHA_1, RSAES_PKCS1_V1_5 ->
          spec.kind() == KeyPairSpec.Kind.RSA;
      case SM2_ENCRYPT -> spec == KeyPairSpec.SM2;
    };
  }

  /// The longest plaintext in bytes.
  public int mostPlaintextBytes(KeyPairSpec spec) {
    if (!fits(spec)) {
      throw new IllegalArgumentException(this + " does not fit a key of " + spec);
    }
    return this == SM2_ENCRYPT ? MOST_SM2_BYTES : spec.size() / Byte.SIZE - overhead;
  }

  /// The shortest: SM2 does not encrypt nothing.
  int leastPlaintextBytes() {
    return this == SM2_ENCRYPT ? 1 : 0;
  }

  /// The JCA's name.
  String transformation() {
    return this == RSAES_PKCS1_V1_5 ? "RSA/ECB/PKCS1Padding" : "RSA/ECB/OAEPPadding";
  }

  /// The parameters of OAEP; PKCS #1 v1.5 has none.
  Optional<OAEPParameterSpec> oaep() {
    return switch (this) {
      case RSAES_OAEP_SHA_256 -> Optional.of(oaep("SHA-256", MGF1ParameterSpec.SHA256));
      case RSAES_OAEP_SHA_1 -> Optional.of(oaep("SHA-1", MGF1ParameterSpec.SHA1));
      case RSAES_PKCS1_V1_5, SM2_ENCRYPT -> Optional.empty();
    };
  }

  // Both hashes spelled out: the JCA's "OAEPWithSHA-256AndMGF1Padding" means MGF1 with SHA-1.
  private static OAEPParameterSpec oaep(String hash, MGF1ParameterSpec mgf1) {
    return new OAEPParameterSpec(hash, "MGF1", mgf1, PSource.PSpecified.DEFAULT);
  }
}
