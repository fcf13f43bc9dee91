package dev.keyhold.crypto;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.params.ECNamedDomainParameters;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.SM2Signer;
import org.bouncycastle.crypto.signers.StandardDSAEncoding;
import org.bouncycastle.math.ec.ECPoint;

/// SM2 signatures (GB/T 32918.2) over `e`, the SM3 digest of Z and the message; Z depends on the
/// key alone, as the user id is the default one, and is computed once.
final class Sm2Signatures {
  private static final byte[] DEFAULT_USER_ID =
      "1234567812345678".getBytes(StandardCharsets.US_ASCII); // GM/T 0009, section 10

  private Sm2Signatures() {}

  /// A signer's first signature costs half as much again as each that follows.
  static final class Signing implements Signer {
    private final ECPrivateKeyParameters key;
    private final Bytes z;
    private final Spares<Engine> engines = new Spares<>();

    Signing(ECPrivateKeyParameters key, Bytes z) {
      this.key = key;
      this.z = z;
    }

    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return e(z, message);
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] e) throws CryptoException {
      Engine engine = engines.take(() -> Engine.forSigning(key, SharedRandom.INSTANCE));
      byte[] signature = engine.sign(e);
      engines.give(engine); // not after a failure
      return signature;
    }

    @Override
    public void destroy() {}
  }

  record Verifying(ECPublicKeyParameters key, Bytes z) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return e(z, message);
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] e, byte[] signature) throws Exception {
      var _ = EcdsaSignatures.decode(EcCurve.SM2.order(), signature);
      return Engine.forVerifying(key).verify(e, signature);
    }
  }

  /// BouncyCastle's signer, made to take `e` as it is: for one thread.
  static final class Engine {
    private final GivenDigest digest = new GivenDigest(Digest.BYTES);
    private final SM2Signer signer = new SM2Signer(StandardDSAEncoding.INSTANCE, digest);

    private Engine() {}

    static Engine forSigning(ECPrivateKeyParameters key, SecureRandom random) {
      var engine = new Engine();
      engine.signer.init(true, new ParametersWithRandom(key, random));
      return engine;
    }

    static Engine forVerifying(ECPublicKeyParameters key) {
      var engine = new Engine();
      engine.signer.init(false, key);
      return engine;
    }

    byte[] sign(byte[] e) throws CryptoException {
      digest.give(e);
      return signer.generateSignature();
    }

    boolean verify(byte[] e, byte[] signature) {
      digest.give(e);
      return signer.verifySignature(signature);
    }
  }

  static Signer signing(ECPrivateKeyParameters key) {
    return new Signing(key, z(EcKeys.publicPoint(EcCurve.SM2, key.getD())));
  }

  static Verifier verifying(ECPublicKeyParameters key) {
    return new Verifying(key, z(key.getQ()));
  }

  /// Z of the public key: GB/T 32918.2, section 5.5.
  static Bytes z(ECPoint publicKey) {
    ECNamedDomainParameters domain = EcCurve.SM2.domain();
    var sm3 = new SM3Digest();
    int idBits = DEFAULT_USER_ID.length * Byte.SIZE;
    sm3.update((byte) (idBits >>> Byte.SIZE));
    sm3.update((byte) idBits);
    sm3.update(DEFAULT_USER_ID, 0, DEFAULT_USER_ID.length);
    update(sm3, domain.getCurve().getA().getEncoded());
    update(sm3, domain.getCurve().getB().getEncoded());
    for (ECPoint point : new ECPoint[] {domain.getG(), publicKey.normalize()}) {
      update(sm3, point.getAffineXCoord().getEncoded());
      update(sm3, point.getAffineYCoord().getEncoded());
    }
    byte[] z = new byte[Digest.BYTES];
    sm3.doFinal(z, 0);
    return Bytes.owning(z);
  }

  static byte[] e(Bytes z, byte[] message) {
    var sm3 = new SM3Digest();
    update(sm3, z.lent());
    update(sm3, message);
    byte[] e = new byte[Digest.BYTES];
    sm3.doFinal(e, 0);
    return e;
  }

  private static void update(SM3Digest sm3, byte[] bytes) {
    sm3.update(bytes, 0, bytes.length);
  }
}
