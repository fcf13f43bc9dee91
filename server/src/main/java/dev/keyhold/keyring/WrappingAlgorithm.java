package dev.keyhold.keyring;

import dev.keyhold.crypto.DecryptionKey;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.MlKemWrap;
import dev.keyhold.crypto.PublicKeyCipher;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/// How material is wrapped on its way here (`wrapping_algorithm`): for each import a key pair is
/// made, of which the caller gets the public half.
///
/// The ML-KEM ones are ours, beyond the cloud's: [MlKemWrap] says what they are.
public enum WrappingAlgorithm {
  RSAES_OAEP_SHA_256(1, KeyPairSpec.RSA_2048),
  RSAES_OAEP_SHA_1(2, KeyPairSpec.RSA_2048),
  SM2_ENCRYPT(3, KeyPairSpec.SM2),
  ML_KEM_768_AES_KWP(4, KeyPairSpec.ML_KEM_768),
  ML_KEM_1024_AES_KWP(5, KeyPairSpec.ML_KEM_1024);

  private final byte number;
  private final KeyPairSpec pair;

  WrappingAlgorithm(int number, KeyPairSpec pair) {
    this.number = (byte) number;
    this.pair = pair;
  }

  public static Optional<WrappingAlgorithm> find(String name) {
    return Arrays.stream(values()).filter(one -> one.name().equals(name)).findFirst();
  }

  public static String names() {
    return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
  }

  /// The number in an [ImportToken].
  byte number() {
    return number;
  }

  static Optional<WrappingAlgorithm> numbered(byte number) {
    return Arrays.stream(values()).filter(one -> one.number == number).findFirst();
  }

  /// The pair to wrap under.
  KeyPairSpec pair() {
    return pair;
  }

  /// @param privateKey PKCS#8 DER, stays the caller's
  /// @return empty for whatever was not wrapped under that pair, without a reason
  Optional<KeyMaterial> unwrap(KeyMaterial privateKey, byte[] wrapped) {
    return switch (this) {
      case RSAES_OAEP_SHA_256 -> decrypt(PublicKeyCipher.RSAES_OAEP_SHA_256, privateKey, wrapped);
      case RSAES_OAEP_SHA_1 -> decrypt(PublicKeyCipher.RSAES_OAEP_SHA_1, privateKey, wrapped);
      case SM2_ENCRYPT -> decrypt(PublicKeyCipher.SM2_ENCRYPT, privateKey, wrapped);
      case ML_KEM_768_AES_KWP, ML_KEM_1024_AES_KWP -> MlKemWrap.unwrap(pair, privateKey, wrapped);
    };
  }

  private Optional<KeyMaterial> decrypt(
      PublicKeyCipher cipher, KeyMaterial privateKey, byte[] wrapped) {
    var own = new KeyMaterial(privateKey.lend(byte[]::clone));
    try (var key = DecryptionKey.of(pair, own)) {
      return key.decrypt(cipher, wrapped);
    }
  }
}
