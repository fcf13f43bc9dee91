package dev.keyhold.crypto;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.DigestInfo;
import org.bouncycastle.crypto.AsymmetricBlockCipher;
import org.bouncycastle.crypto.CipherParameters;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.params.RSAKeyParameters;
import org.bouncycastle.crypto.signers.PSSSigner;

/// RSASSA-PSS and RSASSA-PKCS1-v1_5 (RFC 8017, section 8) over digests that exist already, which no
/// provider's `Signature` offers: BouncyCastle pads, the provider does the RSA.
final class RsaSignatures {
  private RsaSignatures() {}

  /// @param half the public numbers
  record Signing(Rsa rsa, RSAKeyParameters half) implements Signer {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] digest) throws Exception {
      if (!isPss(algorithm)) {
        return rsa.apply(emsaPkcs1(digest, rsa.modulusBytes()));
      }
      PSSSigner pss = pss(algorithm, rsa);
      pss.init(true, new ParametersWithRandom(half, SharedRandom.INSTANCE));
      pss.update(digest, 0, digest.length);
      return pss.generateSignature();
    }

    @Override
    public void destroy() {
      NativeKeys.destroy(rsa.key());
    }
  }

  record Verifying(Rsa rsa, RSAKeyParameters half) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return algorithm.sha2(message);
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] digest, byte[] signature)
        throws Exception {
      if (signature.length != rsa.modulusBytes()) {
        return false;
      }
      if (!isPss(algorithm)) {
        // Encoded anew and compared, not decoded: there is nothing to be lenient about.
        return MessageDigest.isEqual(emsaPkcs1(digest, rsa.modulusBytes()), rsa.apply(signature));
      }
      PSSSigner pss = pss(algorithm, rsa);
      pss.init(false, half);
      pss.update(digest, 0, digest.length);
      return pss.verifySignature(signature);
    }
  }

  static Signer signing(KeyPairSpec spec, byte[] pkcs8, RsaEc providers)
      throws GeneralSecurityException, IOException {
    var numbers = RsaKeys.privateKey(spec, pkcs8);
    return new Signing(
        new Rsa(RsaKeys.loadPrivate(pkcs8, providers), providers, spec.size() / Byte.SIZE),
        new RSAKeyParameters(false, numbers.getModulus(), numbers.getPublicExponent()));
  }

  static Verifier verifying(KeyPairSpec spec, byte[] spki, RsaEc providers)
      throws GeneralSecurityException, IOException {
    var numbers = RsaKeys.publicKey(spec, spki);
    return new Verifying(
        new Rsa(RsaKeys.loadPublic(spki, providers), providers, spec.size() / Byte.SIZE),
        new RSAKeyParameters(false, numbers.getModulus(), numbers.getPublicExponent()));
  }

  private static boolean isPss(SigningAlgorithm algorithm) {
    return switch (algorithm) {
      case RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512 -> true;
      default -> false;
    };
  }

  private static PSSSigner pss(SigningAlgorithm algorithm, Rsa rsa) {
    int saltBytes = algorithm.digestBytes().orElseThrow();
    return PSSSigner.createRawSigner(
        rsa, hash(algorithm), hash(algorithm), saltBytes, PSSSigner.TRAILER_IMPLICIT);
  }

  private static Digest hash(SigningAlgorithm algorithm) {
    return switch (algorithm.digestBytes().orElseThrow()) {
      case 32 -> SHA256Digest.newInstance();
      case 48 -> new SHA384Digest();
      default -> new SHA512Digest();
    };
  }

  /// EMSA-PKCS1-v1_5 (RFC 8017, section 9.2): `00 01 FF … FF 00` and the DigestInfo.
  private static byte[] emsaPkcs1(byte[] digest, int length) throws IOException {
    var oid =
        switch (digest.length) {
          case 32 -> NISTObjectIdentifiers.id_sha256;
          case 48 -> NISTObjectIdentifiers.id_sha384;
          default -> NISTObjectIdentifiers.id_sha512;
        };
    byte[] info =
        Der.encode(new DigestInfo(new AlgorithmIdentifier(oid, DERNull.INSTANCE), digest));
    byte[] padded = new byte[length];
    int infoAt = length - info.length;
    padded[1] = 1;
    Arrays.fill(padded, 2, infoAt - 1, (byte) 0xff);
    System.arraycopy(info, 0, padded, infoAt, info.length);
    return padded;
  }

  /// The RSA function of one key, done by the provider: blinded, by the Chinese remainder theorem
  /// and checked afterwards for a private key. In the form BouncyCastle's paddings want.
  record Rsa(Key key, RsaEc providers, int modulusBytes) implements AsymmetricBlockCipher {
    byte[] apply(byte[] block) throws GeneralSecurityException {
      Cipher cipher = Cipher.getInstance("RSA/ECB/NoPadding", providers.rsaCipher());
      // With a private key, too: "encrypt" then means to sign.
      cipher.init(Cipher.ENCRYPT_MODE, key, SharedRandom.INSTANCE);
      return cipher.doFinal(block);
    }

    @Override
    public void init(boolean forEncryption, CipherParameters parameters) {}

    @Override
    public int getInputBlockSize() {
      return modulusBytes;
    }

    @Override
    public int getOutputBlockSize() {
      return modulusBytes;
    }

    @Override
    public byte[] processBlock(byte[] in, int offset, int length) {
      try {
        return apply(Arrays.copyOfRange(in, offset, offset + length));
      } catch (GeneralSecurityException e) {
        throw new IllegalArgumentException("not a block for this key", e);
      }
    }
  }
}
