package dev.keyhold.crypto;

import static dev.keyhold.crypto.Providers.SUN_JCE;

import java.security.Provider;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/// Who computes RSA and the NIST curves: the Amazon Corretto Crypto Provider where its native
/// library loads, else the JDK. Decided once, at the first key that needs it.
///
/// Measured in microseconds of processor time, Corretto beside the JDK: a P-256 signature 12 and
/// 100, P-384 58 and 754, RSA-2048 215 and 690; ECDH on P-256 33 and 652. All the rest is never a
/// choice: AES, SHA-2 and HMAC are the JDK's; SM2, SM3, SM4, secp256k1, Ed25519, ML-DSA and ML-KEM
/// are BouncyCastle's, used without installing a provider.
public final class CryptoProviders {
  /// @param name for people
  /// @param ec keys, signatures and agreement on the NIST curves
  /// @param rsaKeys key factory and generator
  /// @param rsaCipher the RSA function, bare and with the paddings for encryption
  record RsaEc(String name, Provider ec, Provider rsaKeys, Provider rsaCipher) {
    static RsaEc of(Provider all) {
      return new RsaEc(all.getName() + " " + all.getVersionStr(), all, all, all);
    }
  }

  private record Choice(RsaEc rsaEc, String reason) {}

  private CryptoProviders() {}

  private static final class Chosen {
    static final Choice CHOICE = choose();

    private static Choice choose() {
      return switch (NativeProvider.load()) {
        case NativeProvider.Loaded(Provider provider) ->
            new Choice(RsaEc.of(provider), "its native library loaded and passed its self-tests");
        case NativeProvider.Absent(String why) ->
            new Choice(
                jdk(), "the faster Amazon Corretto Crypto Provider is not available: " + why);
      };
    }
  }

  static RsaEc rsaEc() {
    return Chosen.CHOICE.rsaEc();
  }

  static RsaEc jdk() {
    return new RsaEc(
        "JDK " + Runtime.version().feature(),
        Providers.installed("SunEC"),
        Providers.installed("SunRsaSign"),
        SUN_JCE);
  }

  /// Which provider serves what, and why, one sentence each. Makes the choice if nobody has yet,
  /// which takes a fraction of a second.
  public static List<String> describe() {
    Choice choice = Chosen.CHOICE;
    return List.of(
        "RSA, EC_P256, EC_P384, EC_P521: " + choice.rsaEc().name() + " (" + choice.reason() + ")",
        "AES, SHA-2, HMAC: " + SUN_JCE.getName() + " " + SUN_JCE.getVersionStr(),
        "SM2, SM3, SM4, SECP256K1, ED25519, ML-DSA, ML-KEM: BouncyCastle "
            + new BouncyCastleProvider().getVersionStr());
  }
}
