package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN_JCE;

import java.security.MessageDigest;
import javax.crypto.Mac;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.macs.HMac;
import org.bouncycastle.crypto.params.KeyParameter;

/// A key that makes and checks MACs, for any number of threads.
public final class MacKey implements AutoCloseable {
  private final MacAlgorithm algorithm;
  private final RawKey key;
  private final Guard guard = new Guard();

  private MacKey(MacAlgorithm algorithm, RawKey key) {
    this.algorithm = algorithm;
    this.key = key;
  }

  /// Takes ownership of `material`, which is closed when this returns.
  ///
  /// @param material of any length but zero; how long a key of a spec must be is the spec's affair
  public static MacKey of(MacAlgorithm algorithm, KeyMaterial material) {
    try (material) {
      if (material.length() == 0) {
        throw new IllegalArgumentException("an empty key authenticates nothing");
      }
      return new MacKey(algorithm, new RawKey(algorithm.jcaName(), material.lend(byte[]::clone)));
    }
  }

  public MacAlgorithm algorithm() {
    return algorithm;
  }

  /// The MAC, [MacAlgorithm#bytes] long.
  ///
  /// @throws IllegalStateException when the key is closed
  public byte[] mac(byte[] message) {
    return guard.use(() ->
        switch (algorithm) {
          case HMAC_SHA_256, HMAC_SHA_384, HMAC_SHA_512 -> sha2(message);
          case HMAC_SM3 -> sm3(message);
        });
  }

  /// Whether `mac` is that of `message`, in a time that does not tell where they differ.
  public boolean verify(byte[] message, byte[] mac) {
    return MessageDigest.isEqual(mac(message), mac);
  }

  private byte[] sha2(byte[] message) {
    return Attempt.must(
        "the provider refused an HMAC",
        () -> {
          Mac mac = Mac.getInstance(algorithm.jcaName(), SUN_JCE);
          mac.init(key);
          return mac.doFinal(message);
        });
  }

  private byte[] sm3(byte[] message) {
    var mac = new HMac(new SM3Digest());
    mac.init(new KeyParameter(key.bytes()));
    mac.update(message, 0, message.length);
    byte[] out = new byte[algorithm.bytes()];
    mac.doFinal(out, 0);
    return out;
  }

  @Override
  public void close() {
    guard.close(key::wipe);
  }

  @Override
  public String toString() {
    return "MacKey[" + algorithm + ", redacted]";
  }
}
