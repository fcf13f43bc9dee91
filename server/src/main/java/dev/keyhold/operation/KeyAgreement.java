package dev.keyhold.operation;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.OpenMaterial;
import dev.keyhold.keyring.Use;
import java.util.Optional;

/// A secret shared with the owner of another key pair: derive-shared-secret. Source: DEW API
/// Reference, "Deriving a Shared Secret".
public final class KeyAgreement {
  private static final String ECDH = "ECDH";
  private static final int MOST_PUBLIC_KEY_CHARS = 1024;

  /// @param keyAgreementAlgorithm `ECDH`
  /// @param publicKey the other side's: Base64 of SPKI DER on the curve of the key
  /// @param recipient must be absent, see [Enclave]
  public record Request(
      String keyId,
      String keyAgreementAlgorithm,
      String publicKey,
      Optional<Enclave> recipient,
      Optional<String> sequence) {
    public Request {
      Require.member("key_id", keyId);
      Require.member("key_agreement_algorithm", keyAgreementAlgorithm);
      Require.member("public_key", publicKey);
    }
  }

  /// @param sharedSecret the x coordinate, as long as the field; derive keys from it, don't use it
  ///   as one
  public record Response(String keyId, String keyAgreementAlgorithm, Base64Text sharedSecret)
      implements AutoCloseable {
    @Override
    public void close() {
      sharedSecret.close();
    }
  }

  private final KeyReferences references;
  private final Keyring keyring;

  public KeyAgreement(KeyReferences references, Keyring keyring) {
    this.references = references;
    this.keyring = keyring;
  }

  public Response derive(Caller caller, Request request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    if (!request.keyAgreementAlgorithm().equals(ECDH)) {
      throw KmsError.INVALID_PARAMETER.rejected("key_agreement_algorithm must be ECDH.");
    }
    Enclave.refuse(request.recipient());
    Optional<byte[]> peer =
        request.publicKey().length() > MOST_PUBLIC_KEY_CHARS
            ? Optional.empty()
            : Base64Text.decode(request.publicKey());

    KeyId keyId = references.permitted(caller, Action.DERIVE_SHARED_SECRET, reference);

    try (OpenKey key = keyring.open(caller.project(), keyId, Use.AGREE)) {
      if (!(key.current() instanceof OpenMaterial.Agreeing agreeing)) {
        throw new IllegalStateException("the key does not agree");
      }
      Blocking.ahead();
      try (KeyMaterial secret =
          peer.flatMap(agreeing.key()::agree)
              .orElseThrow(() ->
                  KmsError.INVALID_PARAMETER.rejected(
                      "public_key must be Base64 of a public key in SPKI DER on the curve of the"
                          + " key, "
                          + key.cmk().spec()
                          + "."))) {
        return secret.lend(
            bytes -> new Response(keyId.text(), ECDH, new Base64Text(bytes.clone())));
      }
    }
  }
}
