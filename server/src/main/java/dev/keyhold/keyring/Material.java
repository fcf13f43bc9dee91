package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.key.KeySpec;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// The material of a CMK in its stored form: what is wrapped.
///
/// A secret key is its bytes. A key pair reads LE32 length of the private key, the private key
/// (PKCS#8 DER), the public key (SPKI DER): the public half is under the same AEAD, so nobody can
/// exchange it.
public sealed interface Material extends AutoCloseable {

  /// @param key as long as the spec says
  record Secret(KeyMaterial key) implements Material {
    @Override
    public void close() {
      key.close();
    }
  }

  record Pair(EncodedKeyPair pair) implements Material {
    @Override
    public void close() {
      pair.close();
    }
  }

  @Override
  void close();

  /// The bytes to wrap; a copy of its own.
  default KeyMaterial encode() {
    return switch (this) {
      case Secret(KeyMaterial key) -> new KeyMaterial(key.lend(byte[]::clone));
      case Pair(EncodedKeyPair pair) ->
          pair.privateKey()
              .lend(privateKey -> {
                byte[] publicKey = pair.publicKey().lent();
                return new KeyMaterial(
                    ByteBuffer.allocate(Integer.BYTES + privateKey.length + publicKey.length)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(privateKey.length)
                        .put(privateKey)
                        .put(publicKey)
                        .array());
              });
    };
  }

  /// Reads what [#encode] wrote, which an AEAD has vouched for.
  ///
  /// @param encoded stays the caller's
  static Material decode(KeySpec spec, KeyMaterial encoded) {
    if (!spec.family().isKeyPair()) {
      return new Secret(new KeyMaterial(encoded.lend(byte[]::clone)));
    }
    return encoded.lend(bytes -> {
      int end = Integer.BYTES + ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt();
      return new Pair(
          new EncodedKeyPair(
              pairSpec(spec),
              new KeyMaterial(Arrays.copyOfRange(bytes, Integer.BYTES, end)),
              Bytes.owning(Arrays.copyOfRange(bytes, end, bytes.length))));
    });
  }

  /// @throws IllegalArgumentException for a spec of secret keys
  static KeyPairSpec pairSpec(KeySpec spec) {
    return KeyPairSpec.valueOf(spec.name());
  }
}
