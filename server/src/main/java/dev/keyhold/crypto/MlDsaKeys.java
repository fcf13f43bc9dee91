package dev.keyhold.crypto;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.MLDSAParameters;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;

/// ML-DSA keys (FIPS 204, RFC 9881). Methods that parse throw for what is not a key of the spec.
///
/// BouncyCastle's, not the JDK's: JDK 25 knows expanded keys alone, and is not faster.
final class MlDsaKeys {
  private static final int SEED_BYTES = 32;

  private MlDsaKeys() {}

  static EncodedKeyPair generate(KeyPairSpec spec) throws IOException {
    return encode(spec, new MLDSAPrivateKeyParameters(set(spec), Random.bytes(SEED_BYTES)));
  }

  static EncodedKeyPair encode(KeyPairSpec spec, MLDSAPrivateKeyParameters key) throws IOException {
    byte[] seed = key.getSeed();
    byte[] secret = seed != null ? seed : key.getEncoded();
    var privateKey = new PrivateKeyInfo(identifier(spec), MlEncoding.write(secret, SEED_BYTES));
    return new EncodedKeyPair(
        spec,
        new KeyMaterial(Der.encode(privateKey)),
        Bytes.owning(Der.encode(new SubjectPublicKeyInfo(identifier(spec), key.getPublicKey()))));
  }

  static MLDSAPrivateKeyParameters privateKey(KeyPairSpec spec, byte[] pkcs8) throws IOException {
    PrivateKeyInfo info = Der.pkcs8(pkcs8, identifier(spec));
    byte[] secret =
        MlEncoding.read(
            info.getPrivateKey().getOctets(),
            SEED_BYTES,
            given -> new MLDSAPrivateKeyParameters(set(spec), given).getEncoded());
    var key = new MLDSAPrivateKeyParameters(set(spec), secret);
    if (info.hasPublicKey()) {
      Der.require(
          Arrays.equals(key.getPublicKey(), info.getPublicKeyData().getOctets()), "inconsistent");
    }
    return key;
  }

  static MLDSAPublicKeyParameters publicKey(KeyPairSpec spec, byte[] spki) throws IOException {
    byte[] content = Der.spki(spki, identifier(spec)).getPublicKeyData().getOctets();
    Der.require(content.length == publicBytes(spec), "of another size");
    return new MLDSAPublicKeyParameters(set(spec), content);
  }

  static SigningAlgorithm algorithm(KeyPairSpec spec) {
    return switch (spec) {
      case ML_DSA_44 -> SigningAlgorithm.ML_DSA_44;
      case ML_DSA_65 -> SigningAlgorithm.ML_DSA_65;
      case ML_DSA_87 -> SigningAlgorithm.ML_DSA_87;
      default -> throw new IllegalArgumentException(spec + " is not of ML-DSA");
    };
  }

  private static MLDSAParameters set(KeyPairSpec spec) {
    return switch (algorithm(spec)) {
      case ML_DSA_44 -> MLDSAParameters.ml_dsa_44;
      case ML_DSA_65 -> MLDSAParameters.ml_dsa_65;
      default -> MLDSAParameters.ml_dsa_87;
    };
  }

  /// FIPS 204, table 2.
  private static int publicBytes(KeyPairSpec spec) {
    return switch (algorithm(spec)) {
      case ML_DSA_44 -> 1312;
      case ML_DSA_65 -> 1952;
      default -> 2592;
    };
  }

  private static AlgorithmIdentifier identifier(KeyPairSpec spec) {
    ASN1ObjectIdentifier oid =
        switch (algorithm(spec)) {
          case ML_DSA_44 -> NISTObjectIdentifiers.id_ml_dsa_44;
          case ML_DSA_65 -> NISTObjectIdentifiers.id_ml_dsa_65;
          default -> NISTObjectIdentifiers.id_ml_dsa_87;
        };
    return new AlgorithmIdentifier(oid);
  }
}
