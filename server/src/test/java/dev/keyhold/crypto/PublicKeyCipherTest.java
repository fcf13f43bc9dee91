package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.math.BigInteger;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PublicKeyCipherTest {
  private static KeyPairSpec specOf(PublicKeyCipher cipher) {
    return cipher == PublicKeyCipher.SM2_ENCRYPT ? KeyPairSpec.SM2 : KeyPairSpec.RSA_2048;
  }

  private static EncryptionKey encrypting(KeyPairSpec spec, RsaEc providers) {
    return EncryptionKey.of(spec, TestPairs.publicKey(spec), () -> providers).orElseThrow();
  }

  private static DecryptionKey decrypting(KeyPairSpec spec, RsaEc providers) {
    return DecryptionKey.of(spec, TestPairs.privateKey(spec), () -> providers);
  }

  @ParameterizedTest
  @EnumSource
  void eachProviderDecryptsWhatEachEncrypts(PublicKeyCipher cipher) {
    KeyPairSpec spec = specOf(cipher);
    int longest = cipher.mostPlaintextBytes(spec);
    for (RsaEc encryptor : TestProviders.all()) {
      for (RsaEc decryptor : TestProviders.all()) {
        try (DecryptionKey key = decrypting(spec, decryptor)) {
          for (int length : new int[] {cipher.leastPlaintextBytes(), 1, 32, longest}) {
            byte[] plaintext = Random.bytes(length);
            byte[] ciphertext = encrypting(spec, encryptor).encrypt(cipher, plaintext);
            assertThat(key.decrypt(cipher, ciphertext).orElseThrow().lend(byte[]::clone))
                .isEqualTo(plaintext);
          }
        }
      }
    }
  }

  /// DEW API Reference, "Encrypting Data": 190, 318 and 446 bytes.
  @ParameterizedTest
  @CsvSource({"RSA_2048, 190", "RSA_3072, 318", "RSA_4096, 446"})
  void oaepLimitsAreThePublishedOnes(KeyPairSpec spec, int bytes) {
    assertThat(PublicKeyCipher.RSAES_OAEP_SHA_256.mostPlaintextBytes(spec)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @EnumSource
  void plaintextBeyondTheLimitsIsRefused(PublicKeyCipher cipher) {
    KeyPairSpec spec = specOf(cipher);
    EncryptionKey key = encrypting(spec, CryptoProviders.rsaEc());
    byte[] bad =
        cipher == PublicKeyCipher.SM2_ENCRYPT
            ? new byte[0]
            : new byte[cipher.mostPlaintextBytes(spec) + 1];
    assertThatThrownBy(() -> key.encrypt(cipher, bad)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void changedCiphertextIsRefused(PublicKeyCipher cipher) {
    KeyPairSpec spec = specOf(cipher);
    byte[] plaintext = Random.bytes(16);
    for (RsaEc providers : TestProviders.all()) {
      byte[] ciphertext = encrypting(spec, providers).encrypt(cipher, plaintext);
      try (DecryptionKey key = decrypting(spec, providers)) {
        for (int at = 0; at < ciphertext.length; at += Math.max(1, ciphertext.length / 30)) {
          byte[] changed = ciphertext.clone();
          changed[at] ^= 1;
          // PKCS #1 v1.5 has no check: now and then noise is a plaintext, but not the same one.
          boolean accepted =
              key.decrypt(cipher, changed)
                  .map(m -> m.lend(byte[]::clone))
                  .filter(opened ->
                      cipher != PublicKeyCipher.RSAES_PKCS1_V1_5
                          || Arrays.equals(opened, plaintext))
                  .isPresent();
          assertThat(accepted).as("byte %d", at).isFalse();
          assertThat(key.decrypt(cipher, Arrays.copyOf(ciphertext, at))).isEmpty();
        }
        assertThat(key.decrypt(cipher, Arrays.copyOf(ciphertext, ciphertext.length + 1))).isEmpty();
        assertThat(key.decrypt(cipher, new byte[100_000])).isEmpty();
        byte[] tooLarge = new byte[ciphertext.length];
        Arrays.fill(tooLarge, (byte) 0xff);
        assertThat(key.decrypt(cipher, tooLarge)).isEmpty();
      }
    }
  }

  @Test
  void sm2CiphertextHasOneSpelling() throws Exception {
    PublicKeyCipher cipher = PublicKeyCipher.SM2_ENCRYPT;
    byte[] good =
        encrypting(KeyPairSpec.SM2, CryptoProviders.rsaEc()).encrypt(cipher, new byte[20]);
    ASN1Sequence parts = ASN1Sequence.getInstance(good);
    BigInteger x = ASN1Integer.getInstance(parts.getObjectAt(0)).getValue();
    BigInteger p = EcCurve.SM2.domain().getCurve().getField().getCharacteristic();
    try (DecryptionKey key = decrypting(KeyPairSpec.SM2, CryptoProviders.rsaEc())) {
      assertThat(key.decrypt(cipher, withX(parts, x))).isPresent();
      assertThat(key.decrypt(cipher, withX(parts, x.add(p)))).isEmpty();
      assertThat(key.decrypt(cipher, withX(parts, x.negate()))).isEmpty();
      assertThat(key.decrypt(cipher, withX(parts, x.add(BigInteger.ONE)))).isEmpty();
      assertThat(key.decrypt(cipher, withX(parts, BigInteger.ZERO))).isEmpty();
      ASN1Encodable[] three = Arrays.copyOf(parts.toArray(), 3);
      assertThat(key.decrypt(cipher, Der.encode(new DERSequence(three)))).isEmpty();
    }
  }

  private static byte[] withX(ASN1Sequence parts, BigInteger x) throws Exception {
    ASN1Encodable[] changed = parts.toArray();
    changed[0] = new ASN1Integer(x);
    return Der.encode(new DERSequence(changed));
  }

  @Test
  void keysThatDoNotEncryptAreRefused() {
    var ed25519 = TestPairs.privateKey(KeyPairSpec.ED25519);
    assertThatThrownBy(() -> DecryptionKey.of(KeyPairSpec.ED25519, ed25519))
        .isInstanceOf(IllegalArgumentException.class);
    try (DecryptionKey key = decrypting(KeyPairSpec.SM2, CryptoProviders.rsaEc())) {
      assertThatThrownBy(() -> key.decrypt(PublicKeyCipher.RSAES_OAEP_SHA_1, new byte[256]))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> PublicKeyCipher.SM2_ENCRYPT.mostPlaintextBytes(KeyPairSpec.RSA_2048))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @EnumSource
  void closedKeyDoesNotDecrypt(PublicKeyCipher cipher) {
    KeyPairSpec spec = specOf(cipher);
    byte[] ciphertext = encrypting(spec, CryptoProviders.rsaEc()).encrypt(cipher, new byte[] {1});
    for (RsaEc providers : TestProviders.all()) {
      DecryptionKey key = decrypting(spec, providers);
      key.close();
      key.close();
      assertThatThrownBy(() -> key.decrypt(cipher, ciphertext))
          .isInstanceOf(IllegalStateException.class);
    }
  }
}
