package dev.keyhold.crypto;

import java.io.IOException;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.MLKEMParameters;
import org.bouncycastle.crypto.params.MLKEMPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLKEMPublicKeyParameters;

/// ML-KEM keys (FIPS 203, RFC 9935). Methods that parse throw for what is not a key of the spec;
/// the modulus check of encapsulation keys and the hash check of decapsulation keys (FIPS 203,
/// sections 7.2 and 7.3) are among what they do.
final class MlKemKeys {
  static final int SEED_BYTES = 64;

  private MlKemKeys() {}

  static EncodedKeyPair generate(KeyPairSpec spec) throws IOException {
    return encode(spec, new MLKEMPrivateKeyParameters(set(spec), Random.bytes(SEED_BYTES)));
  }

  static EncodedKeyPair encode(KeyPairSpec spec, MLKEMPrivateKeyParameters key) throws IOException {
    byte[] seed = key.getSeed();
    byte[] secret = seed != null ? seed : key.getEncoded();
    var privateKey = new PrivateKeyInfo(identifier(spec), MlEncoding.write(secret, SEED_BYTES));
    return new EncodedKeyPair(
        spec,
        new KeyMaterial(Der.encode(privateKey)),
        Bytes.owning(Der.encode(new SubjectPublicKeyInfo(identifier(spec), key.getPublicKey()))));
  }

  static MLKEMPrivateKeyParameters privateKey(KeyPairSpec spec, byte[] pkcs8) throws IOException {
    PrivateKeyInfo info = Der.pkcs8(pkcs8, identifier(spec));
    byte[] secret =
        MlEncoding.read(
            info.getPrivateKey().getOctets(),
            SEED_BYTES,
            given -> new MLKEMPrivateKeyParameters(set(spec), given).getEncoded());
    var key = new MLKEMPrivateKeyParameters(set(spec), secret);
    if (info.hasPublicKey()) {
      Der.require(
          Arrays.equals(key.getPublicKey(), info.getPublicKeyData().getOctets()), "inconsistent");
    }
    return key;
  }

  static MLKEMPublicKeyParameters publicKey(KeyPairSpec spec, byte[] spki) throws IOException {
    byte[] content = Der.spki(spki, identifier(spec)).getPublicKeyData().getOctets();
    return new MLKEMPublicKeyParameters(set(spec), content); // checks the length itself
  }

  static MLKEMParameters set(KeyPairSpec spec) {
    return switch (spec) {
      case ML_KEM_768 -> MLKEMParameters.ml_kem_768;
      case ML_KEM_1024 -> MLKEMParameters.ml_kem_1024;
      default -> throw new IllegalArgumentException(spec + " is not of ML-KEM");
    };
  }

  private static AlgorithmIdentifier identifier(KeyPairSpec spec) {
    ASN1ObjectIdentifier oid =
        spec == KeyPairSpec.ML_KEM_768
            ? NISTObjectIdentifiers.id_alg_ml_kem_768
            : NISTObjectIdentifiers.id_alg_ml_kem_1024;
    return new AlgorithmIdentifier(oid);
  }
}
