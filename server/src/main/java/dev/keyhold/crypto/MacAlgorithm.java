package dev.keyhold.crypto;

import java.util.Arrays;
import java.util.Optional;

/// HMAC (RFC 2104, FIPS 198-1) with a hash; the MAC is never cut. The names are those of
/// `mac_algorithm`.
public enum MacAlgorithm {
  HMAC_SHA_256("HmacSHA256", 32),
  HMAC_SHA_384("HmacSHA384", 48),
  HMAC_SHA_512("HmacSHA512", 64),
  /// GB/T 15852.2 with SM3.
  HMAC_SM3("HmacSM3", 32);

  private final String jcaName;
  private final int bytes;

  MacAlgorithm(String jcaName, int bytes) {
    this.jcaName = jcaName;
    this.bytes = bytes;
  }

  public static Optional<MacAlgorithm> find(String name) {
    return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
  }

  /// The length of a MAC, and of a key of the spec of the same name.
  public int bytes() {
    return bytes;
  }

  String jcaName() {
    return jcaName;
  }
}
