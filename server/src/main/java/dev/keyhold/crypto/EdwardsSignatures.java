package dev.keyhold.crypto;

import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.params.Ed25519PublicKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/// Ed25519 (RFC 8032, section 5.1) by BouncyCastle, which is ten times as fast as the JDK and
/// refuses an S that is not reduced.
final class EdwardsSignatures {
  private EdwardsSignatures() {}

  record Signing(Ed25519PrivateKeyParameters key) implements Signer {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return message;
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] message) {
      byte[] signature = new byte[Ed25519PrivateKeyParameters.SIGNATURE_SIZE];
      key.sign(Ed25519.Algorithm.Ed25519, noContext(), message, 0, message.length, signature, 0);
      return signature;
    }

    @Override
    public void destroy() {}
  }

  record Verifying(Ed25519PublicKeyParameters key) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return message;
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] message, byte[] signature) {
      return signature.length == Ed25519PrivateKeyParameters.SIGNATURE_SIZE
          && key.verify(
              Ed25519.Algorithm.Ed25519, noContext(), message, 0, message.length, signature, 0);
    }
  }

  /// The library takes null, and nothing else, for plain Ed25519.
  @SuppressWarnings("NullAway")
  private static byte[] noContext() {
    return null;
  }
}
