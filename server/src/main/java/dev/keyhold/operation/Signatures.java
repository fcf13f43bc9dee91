package dev.keyhold.operation;

import dev.keyhold.crypto.SigningAlgorithm;
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
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Signatures: sign, verify. Source: DEW API Reference, "Signature and Verification". Encodings:
/// [SigningAlgorithm]. Where we differ: docs/compatibility.md.
public final class Signatures {
  private static final int MOST_MESSAGE_BYTES = 4096;
  private static final int MOST_SIGNATURE_CHARS = 8192; // ML_DSA_87 has the longest, 6172

  /// @param message Base64 of 1 to 4096 bytes: the message, or its digest
  /// @param messageType `DIGEST` (default) or `RAW`
  public record SignRequest(
      String keyId,
      SecretText message,
      String signingAlgorithm,
      Optional<String> messageType,
      Optional<String> sequence)
      implements AutoCloseable {
    public SignRequest {
      Require.member("key_id", keyId);
      Require.member("message", message);
      Require.member("signing_algorithm", signingAlgorithm);
    }

    @Override
    public void close() {
      message.close();
    }
  }

  public record SignResponse(String keyId, Base64Text signature) {}

  /// @param signature Base64
  public record VerifyRequest(
      String keyId,
      SecretText message,
      String signature,
      String signingAlgorithm,
      Optional<String> messageType,
      Optional<String> sequence)
      implements AutoCloseable {
    public VerifyRequest {
      Require.member("key_id", keyId);
      Require.member("message", message);
      Require.member("signature", signature);
      Require.member("signing_algorithm", signingAlgorithm);
    }

    @Override
    public void close() {
      message.close();
    }
  }

  /// @param signatureValid `true` or `false`, as text
  public record VerifyResponse(String keyId, String signatureValid) {}

  private enum MessageType {
    DIGEST,
    RAW
  }

  private final KeyReferences references;
  private final Keyring keyring;

  public Signatures(KeyReferences references, Keyring keyring) {
    this.references = references;
    this.keyring = keyring;
  }

  public SignResponse sign(Caller caller, SignRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    SigningAlgorithm algorithm = algorithm(request.signingAlgorithm());
    MessageType type = type(request.messageType(), algorithm);
    byte[] message = message(request.message(), type, algorithm);
    try {
      KeyId keyId = references.permitted(caller, Action.SIGN, reference);
      try (OpenKey key = keyring.open(caller.project(), keyId, Use.SIGN)) {
        var signing = fitting(key, algorithm).key();
        Blocking.ahead();
        byte[] signature =
            switch (type) {
              case RAW -> signing.sign(algorithm, message);
              case DIGEST -> signing.signDigest(algorithm, message);
            };
        return new SignResponse(keyId.text(), new Base64Text(signature));
      }
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  public VerifyResponse verify(Caller caller, VerifyRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    SigningAlgorithm algorithm = algorithm(request.signingAlgorithm());
    MessageType type = type(request.messageType(), algorithm);
    byte[] signature = signature(request.signature());
    byte[] message = message(request.message(), type, algorithm);
    try {
      KeyId keyId = references.permitted(caller, Action.VERIFY, reference);
      try (OpenKey key = keyring.open(caller.project(), keyId, Use.SIGN)) {
        var verifying = fitting(key, algorithm).verifying();
        Blocking.ahead();
        boolean valid =
            switch (type) {
              case RAW -> verifying.verify(algorithm, message, signature);
              case DIGEST -> verifying.verifyDigest(algorithm, message, signature);
            };
        return new VerifyResponse(keyId.text(), Boolean.toString(valid));
      }
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  private static SigningAlgorithm algorithm(String name) {
    return SigningAlgorithm.find(name)
        .orElseThrow(() ->
            KmsError.INVALID_PARAMETER.rejected(
                "signing_algorithm must be one of " + names(_ -> true) + "."));
  }

  private static MessageType type(Optional<String> text, SigningAlgorithm algorithm) {
    MessageType type =
        switch (Wire.given(text).orElse("DIGEST")) {
          case "DIGEST" -> MessageType.DIGEST;
          case "RAW" -> MessageType.RAW;
          default ->
              throw KmsError.INVALID_PARAMETER.rejected("message_type must be DIGEST or RAW.");
        };
    if (type == MessageType.DIGEST && algorithm.digestBytes().isEmpty()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "message_type must be RAW: " + algorithm + " signs messages, not digests.");
    }
    return type;
  }

  private static byte[] message(SecretText text, MessageType type, SigningAlgorithm algorithm) {
    byte[] message = Wire.base64(text, "message", MOST_MESSAGE_BYTES, KmsError.INVALID_PARAMETER);
    OptionalInt digestBytes = algorithm.digestBytes();
    if (type == MessageType.DIGEST && !digestBytes.equals(OptionalInt.of(message.length))) {
      Arrays.fill(message, (byte) 0);
      throw KmsError.DIGEST_LENGTH_MISMATCH.rejected(
          "A digest for "
              + algorithm
              + " has "
              + digestBytes.orElseThrow()
              + " bytes; a message that is not a digest needs message_type RAW.");
    }
    return message;
  }

  private static byte[] signature(String text) {
    Optional<byte[]> decoded =
        text.isEmpty() || text.length() > MOST_SIGNATURE_CHARS
            ? Optional.empty()
            : Base64Text.decode(text);
    return decoded.orElseThrow(
        () -> KmsError.INVALID_PARAMETER.rejected("signature must be Base64."));
  }

  private static OpenMaterial.Signing fitting(OpenKey key, SigningAlgorithm algorithm) {
    if (!(key.current() instanceof OpenMaterial.Signing signing)) {
      throw new IllegalStateException("the key does not sign");
    }
    var spec = signing.key().spec();
    if (!algorithm.fits(spec)) {
      throw KmsError.SIGNING_ALGORITHM_MISMATCH.rejected(
          "A key of spec " + spec + " signs with " + names(each -> each.fits(spec)) + ".");
    }
    return signing;
  }

  private static String names(Predicate<SigningAlgorithm> which) {
    return Arrays.stream(SigningAlgorithm.values())
        .filter(which)
        .map(Enum::name)
        .collect(Collectors.joining(", "));
  }
}
