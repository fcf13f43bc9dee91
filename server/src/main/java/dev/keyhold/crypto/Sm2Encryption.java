package dev.keyhold.crypto;

import java.io.IOException;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.digests.SM3Digest;
import org.bouncycastle.crypto.engines.SM2Engine;
import org.bouncycastle.crypto.params.ECPrivateKeyParameters;
import org.bouncycastle.crypto.params.ECPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.util.BigIntegers;

/// SM2 encryption: GB/T 32918.4 in the encoding of GM/T 0009, section 7.2.
///
///     SM2Cipher ::= SEQUENCE { x INTEGER, y INTEGER, hash OCTET STRING (32), ciphertext OCTET STRING }
final class Sm2Encryption {
  private static final int C1_BYTES = 65;
  private static final int C3_BYTES = 32;
  private static final int COORDINATE_BYTES = 32;
  private static final byte UNCOMPRESSED = 4;

  private Sm2Encryption() {}

  record Encrypting(ECPublicKeyParameters key) implements EncryptionKey.Encryptor {
    @Override
    public byte[] encrypt(PublicKeyCipher cipher, byte[] plaintext) throws Exception {
      return Sm2Encryption.encrypt(key, plaintext, SharedRandom.INSTANCE);
    }
  }

  record Decrypting(ECPrivateKeyParameters key) implements DecryptionKey.Decryptor {
    @Override
    public byte[] decrypt(PublicKeyCipher cipher, byte[] ciphertext) throws Exception {
      byte[] raw = fromDer(ciphertext);
      SM2Engine engine = engine();
      engine.init(false, key);
      return engine.processBlock(raw, 0, raw.length); // checks that C1 is on the curve
    }

    @Override
    public void destroy() {}
  }

  static byte[] encrypt(ECPublicKeyParameters key, byte[] plaintext, SecureRandom random)
      throws InvalidCipherTextException, IOException {
    SM2Engine engine = engine();
    engine.init(true, new ParametersWithRandom(key, random));
    return toDer(engine.processBlock(plaintext, 0, plaintext.length));
  }

  private static SM2Engine engine() {
    return new SM2Engine(new SM3Digest(), SM2Engine.Mode.C1C3C2);
  }

  private static byte[] toDer(byte[] raw) throws IOException {
    int yAt = 1 + COORDINATE_BYTES;
    var sequence =
        new DERSequence(
            new org.bouncycastle.asn1.ASN1Encodable[] {
              new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, 1, yAt))),
              new ASN1Integer(new BigInteger(1, Arrays.copyOfRange(raw, yAt, C1_BYTES))),
              new DEROctetString(Arrays.copyOfRange(raw, C1_BYTES, C1_BYTES + C3_BYTES)),
              new DEROctetString(Arrays.copyOfRange(raw, C1_BYTES + C3_BYTES, raw.length))
            });
    return Der.encode(sequence);
  }

  private static byte[] fromDer(byte[] der) throws IOException {
    ASN1Sequence sequence = ASN1Sequence.getInstance(Der.parse(der));
    Der.require(sequence.size() == 4, "not that of the ciphertext");
    byte[] c3 = ASN1OctetString.getInstance(sequence.getObjectAt(2)).getOctets();
    byte[] c2 = ASN1OctetString.getInstance(sequence.getObjectAt(3)).getOctets();
    Der.require(c3.length == C3_BYTES && c2.length > 0, "not that of the ciphertext");
    byte[] raw = new byte[C1_BYTES + C3_BYTES + c2.length];
    raw[0] = UNCOMPRESSED;
    coordinate(sequence, 0, raw, 1);
    coordinate(sequence, 1, raw, 1 + COORDINATE_BYTES);
    System.arraycopy(c3, 0, raw, C1_BYTES, C3_BYTES);
    System.arraycopy(c2, 0, raw, C1_BYTES + C3_BYTES, c2.length);
    return raw;
  }

  private static void coordinate(ASN1Sequence sequence, int index, byte[] out, int offset) {
    BigInteger value = ASN1Integer.getInstance(sequence.getObjectAt(index)).getValue();
    Der.require(value.signum() >= 0, "not that of the ciphertext");
    BigIntegers.asUnsignedByteArray(value, out, offset, COORDINATE_BYTES); // refuses longer ones
  }
}
