package dev.keyhold.crypto;

import org.bouncycastle.crypto.CryptoException;
import org.bouncycastle.crypto.params.MLDSAPrivateKeyParameters;
import org.bouncycastle.crypto.params.MLDSAPublicKeyParameters;
import org.bouncycastle.crypto.params.ParametersWithRandom;
import org.bouncycastle.crypto.signers.MLDSASigner;

/// ML-DSA (FIPS 204, section 5.2): pure, hedged, with an empty context.
final class MlDsaSignatures {
  private MlDsaSignatures() {}

  record Signing(MLDSAPrivateKeyParameters key) implements Signer {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return message;
    }

    @Override
    public byte[] sign(SigningAlgorithm algorithm, byte[] message) throws CryptoException {
      var signer = new MLDSASigner();
      signer.init(true, new ParametersWithRandom(key, SharedRandom.INSTANCE));
      signer.update(message, 0, message.length);
      return signer.generateSignature();
    }

    @Override
    public void destroy() {
      key.destroy();
    }
  }

  record Verifying(MLDSAPublicKeyParameters key) implements Verifier {
    @Override
    public byte[] prepare(SigningAlgorithm algorithm, byte[] message) {
      return message;
    }

    @Override
    public boolean verify(SigningAlgorithm algorithm, byte[] message, byte[] signature) {
      var signer = new MLDSASigner();
      signer.init(false, key);
      signer.update(message, 0, message.length);
      return signer.verifySignature(signature);
    }
  }
}
