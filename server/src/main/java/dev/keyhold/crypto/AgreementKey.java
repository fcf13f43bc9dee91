package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.math.BigInteger;
import java.security.PrivateKey;
import java.util.Optional;
import java.util.function.Supplier;
import javax.crypto.KeyAgreement;
import org.bouncycastle.crypto.agreement.ECDHBasicAgreement;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.util.BigIntegers;

/// A private key for `ECDH` (`key_agreement_algorithm`) with EC_P256, EC_P384, EC_P521, SECP256K1
/// and SM2 keys: parsed once, used by any number of threads. What a [SigningKey] says of its bytes
/// holds here.
///
/// The shared secret is the x coordinate, as long as the field, without a KDF: SP 800-56A Rev. 3,
/// section 5.7.1.2 (the cofactor of each of these curves is 1). It is not uniform; derive keys from
/// it.
public final class AgreementKey implements AutoCloseable {
  private final EcCurve curve;
  private final Agreement agreement;
  private final Guard guard = new Guard();

  private AgreementKey(EcCurve curve, Agreement agreement) {
    this.curve = curve;
    this.agreement = agreement;
  }

  private sealed interface Agreement {
    byte[] with(KeyPairSpec spec, byte[] spki) throws Exception;

    void destroy();
  }

  private record Nist(PrivateKey key, RsaEc providers) implements Agreement {
    @Override
    public byte[] with(KeyPairSpec spec, byte[] spki) throws Exception {
      var _ = EcKeys.publicKey(spec, spki); // on the curve, not at infinity
      KeyAgreement ecdh = KeyAgreement.getInstance("ECDH", providers.ec());
      ecdh.init(key);
      ecdh.doPhase(EcKeys.loadPublic(spki, providers), true);
      return ecdh.generateSecret();
    }

    @Override
    public void destroy() {
      NativeKeys.destroy(key);
    }
  }

  private record Other(ECPrivateKeyParameters key) implements Agreement {
    @Override
    public byte[] with(KeyPairSpec spec, byte[] spki) throws Exception {
      var ecdh = new ECDHBasicAgreement();
      ecdh.init(key);
      BigInteger x = ecdh.calculateAgreement(EcKeys.publicKey(spec, spki));
      return BigIntegers.asUnsignedByteArray(ecdh.getFieldSize(), x);
    }

    @Override
    public void destroy() {}
  }

  /// Whether keys of `spec` agree.
  public static boolean fits(KeyPairSpec spec) {
    return spec.kind() == KeyPairSpec.Kind.EC;
  }

  /// Takes ownership of `pkcs8`, which is closed when this returns.
  ///
  /// @param pkcs8 a private key as [KeyPairs] gives it
  /// @throws IllegalArgumentException when it is not a key of `spec`, or `spec` does not agree
  public static AgreementKey of(KeyPairSpec spec, KeyMaterial pkcs8) {
    return of(spec, pkcs8, CryptoProviders::rsaEc);
  }

  static AgreementKey of(KeyPairSpec spec, KeyMaterial pkcs8, Supplier<RsaEc> providers) {
    try (pkcs8) {
      return pkcs8.lend(der ->
          Attempt.at(() -> new AgreementKey(EcCurve.of(spec), agreement(spec, der, providers)))
              .orElseThrow(() -> new IllegalArgumentException("not an agreement key of " + spec)));
    }
  }

  private static Agreement agreement(KeyPairSpec spec, byte[] der, Supplier<RsaEc> providers)
      throws Exception {
    ECPrivateKeyParameters key = EcKeys.privateKey(spec, der);
    if (!EcCurve.of(spec).isNist()) {
      return new Other(key);
    }
    RsaEc ec = providers.get();
    return new Nist(EcKeys.loadPrivate(der, ec), ec);
  }

  public KeyPairSpec spec() {
    return curve.spec();
  }

  /// @param peer the other side's public key in SPKI DER
  /// @return the shared secret; empty when `peer` is not a valid public key on the same curve
  /// @throws IllegalStateException when the key is closed
  public Optional<KeyMaterial> agree(byte[] peer) {
    return guard
        .use(() -> Attempt.at(() -> agreement.with(curve.spec(), peer)))
        .map(KeyMaterial::new);
  }

  /// Waits for the uses that other threads have begun.
  @Override
  public void close() {
    guard.close(agreement::destroy);
  }

  @Override
  public String toString() {
    return "AgreementKey[" + spec() + ", redacted]";
  }
}
