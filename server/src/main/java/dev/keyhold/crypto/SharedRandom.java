package dev.keyhold.crypto;

import java.security.SecureRandom;
import java.security.SecureRandomSpi;

/// [Random] in the shape that providers want. Any number of threads may share it: there is no lock
/// and no state, and seeding it does nothing.
final class SharedRandom extends SecureRandom {
  private static final long serialVersionUID = 1L;

  static final SecureRandom INSTANCE = new SharedRandom();

  private SharedRandom() {
    super(new Spi(), null);
  }

  // Not left to the superclass, which would take a lock.
  @Override
  public void nextBytes(byte[] bytes) {
    Random.fill(bytes, 0, bytes.length);
  }

  @Override
  public String getAlgorithm() {
    return "DRBG";
  }

  private static final class Spi extends SecureRandomSpi {
    private static final long serialVersionUID = 1L;

    @Override
    protected void engineSetSeed(byte[] seed) {}

    @Override
    protected void engineNextBytes(byte[] bytes) {
      Random.fill(bytes, 0, bytes.length);
    }

    @Override
    protected byte[] engineGenerateSeed(int bytes) {
      return Random.bytes(bytes);
    }
  }
}
