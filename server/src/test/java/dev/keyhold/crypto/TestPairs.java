package dev.keyhold.crypto;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// One key pair of each spec, made at most once for all tests: RSA takes its time.
final class TestPairs {
  private static final Map<KeyPairSpec, EncodedKeyPair> PAIRS = new ConcurrentHashMap<>();

  private TestPairs() {}

  /// Not to be closed.
  static EncodedKeyPair of(KeyPairSpec spec) {
    return PAIRS.computeIfAbsent(spec, KeyPairs::generate);
  }

  /// A copy, to be given away.
  static KeyMaterial privateKey(KeyPairSpec spec) {
    return new KeyMaterial(privateBytes(spec));
  }

  static byte[] privateBytes(KeyPairSpec spec) {
    return of(spec).privateKey().lend(byte[]::clone);
  }

  static Bytes publicKey(KeyPairSpec spec) {
    return of(spec).publicKey();
  }
}
