package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.ECDSASigner;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;

/// ECDSA (FIPS 186-5, section 6) over digests, with a random nonce. On the NIST curves by the
/// provider chosen, on secp256k1 by BouncyCastle.
final class EcdsaSignatures {
  private static final String OVER_DIGEST = "NONEwithECDSA";

  private EcdsaSignatures() {}

  record NistSigning(PrivateKey key, RsaEc providers) implements Signer {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] digest) throws Exception {
      Signature signature = Signature.getInstance(OVER_DIGEST, providers.ec());
      signature.initSign(key, SharedRandom.INSTANCE);
      signature.update(digest);
      return signature.sign();
    }

    @Override
    public void destroy() {
      NativeKeys.destroy(key);
    }
  }

  record NistVerifying(PublicKey key, BigInteger order, RsaEc providers) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] digest, byte[] signature)
        throws Exception {
      decode(order, signature); // the JDK also takes a negative s: Wycheproof, "MissingZero"
      Signature verifying = Signature.getInstance(OVER_DIGEST, providers.ec());
      verifying.initVerify(key);
      verifying.update(digest);
      return verifying.verify(signature);
    }
  }

  record KoblitzSigning(ECPrivateKeyParameters key) implements Signer {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] digest) throws Exception {
      var signer = new ECDSASigner();
      signer.init(true, new ParametersWithRandom(key, SharedRandom.INSTANCE));
      BigInteger[] rs = signer.generateSignature(digest);
      return StandardDSAEncoding.INSTANCE.encode(signer.getOrder(), rs[0], rs[1]);
    }

    @Override
    public void destroy() {}
  }

  record KoblitzVerifying(ECPublicKeyParameters key) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] digest, byte[] signature)
        throws Exception {
      var signer = new ECDSASigner();
      signer.init(false, key);
      BigInteger[] rs = decode(signer.getOrder(), signature);
      return signer.verifySignature(digest, rs[0], rs[1]);
    }
  }

  static Signer nistSigning(KeyPairSpec spec, byte[] pkcs8, RsaEc providers)
      throws GeneralSecurityException, IOException {
    var _ = EcKeys.privateKey(spec, pkcs8);
    return new NistSigning(EcKeys.loadPrivate(pkcs8, providers), providers);
  }

  static Verifier nistVerifying(KeyPairSpec spec, byte[] spki, RsaEc providers)
      throws GeneralSecurityException, IOException {
    var _ = EcKeys.publicKey(spec, spki);
    return new NistVerifying(
        EcKeys.loadPublic(spki, providers), EcCurve.of(spec).order(), providers);
  }

  /// The numbers of a signature whose DER has one spelling, each from 1 to `order` - 1.
  ///
  /// @throws IOException or [IllegalArgumentException] for anything else
  static BigInteger[] decode(BigInteger order, byte[] signature) throws IOException {
    BigInteger[] rs = StandardDSAEncoding.INSTANCE.decode(order, signature);
    Der.require(rs[0].signum() > 0 && rs[1].signum() > 0, "not a signature");
    return rs;
  }
}
