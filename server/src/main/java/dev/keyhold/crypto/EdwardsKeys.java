package dev.keyhold.crypto;

import java.io.IOException;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;

/// Ed25519 keys (RFC 8410). Methods that parse throw for what is not one.
final class EdwardsKeys {
  private static final AlgorithmIdentifier ALGORITHM =
      new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);

  private EdwardsKeys() {}

  static EncodedKeyPair generate() throws IOException {
    return encode(new Ed25519PrivateKeyParameters(SharedRandom.INSTANCE));
  }

  static EncodedKeyPair encode(Ed25519PrivateKeyParameters key) throws IOException {
    var content = new DEROctetString(key.getEncoded());
    return new EncodedKeyPair(
        KeyPairSpec.ED25519,
        new KeyMaterial(Der.encode(new PrivateKeyInfo(ALGORITHM, content))),
        Bytes.owning(
            Der.encode(new SubjectPublicKeyInfo(ALGORITHM, key.generatePublicKey().getEncoded()))));
  }

  static Ed25519PrivateKeyParameters privateKey(byte[] pkcs8) throws IOException {
    PrivateKeyInfo info = Der.pkcs8(pkcs8, ALGORITHM);
    byte[] content =
        ASN1OctetString.getInstance(Der.parse(info.getPrivateKey().getOctets())).getOctets();
    Der.require(content.length == Ed25519PrivateKeyParameters.KEY_SIZE, "of another size");
    var key = new Ed25519PrivateKeyParameters(content);
    if (info.hasPublicKey()) {
      Der.require(
          Bytes.owning(key.generatePublicKey().getEncoded())
              .equals(Bytes.owning(info.getPublicKeyData().getOctets())),
          "inconsistent");
    }
    return key;
  }

  static Ed25519PublicKeyParameters publicKey(byte[] spki) throws IOException {
    byte[] content = Der.spki(spki, ALGORITHM).getPublicKeyData().getOctets();
    Der.require(content.length == Ed25519PublicKeyParameters.KEY_SIZE, "of another size");
    return new Ed25519PublicKeyParameters(content); // decodes the point, so it is one
  }
}
