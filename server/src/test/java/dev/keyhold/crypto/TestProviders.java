package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.List;

/// Both providers of RSA and the NIST curves, where this machine has both.
final class TestProviders {
  private TestProviders() {}

  static List<RsaEc> all() {
    RsaEc chosen = CryptoProviders.rsaEc();
    RsaEc jdk = CryptoProviders.jdk();
    return chosen.name().equals(jdk.name()) ? List.of(jdk) : List.of(chosen, jdk);
  }
}
