package dev.keyhold.operation;

import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.MacAlgorithm;
import dev.keyhold.crypto.MacKey;
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
import java.util.stream.Collectors;

/// Message authentication codes: generate-mac, verify-mac. Source: DEW API Reference, "Generating a
/// Message Authentication Code".
///
/// Nothing here waits when the key is in the keyring, so these run on the event loop.
public final class Macs {
  private static final int MOST_MESSAGE_BYTES = 4096;

  /// @param message Base64 of 1 to 4096 bytes
  public record GenerateRequest(String keyId, String macAlgorithm, SecretText message)
      implements AutoCloseable {
    public GenerateRequest {
      Require.member("key_id", keyId);
      Require.member("mac_algorithm", macAlgorithm);
      Require.member("message", message);
    }

    @Override
    public void close() {
      message.close();
    }
  }

  /// @param mac lower-case hex
  public record GenerateResponse(String keyId, String macAlgorithm, String mac) {}

  /// @param mac hex in either case; one of another length is not valid, like any wrong one
  public record VerifyRequest(String keyId, String macAlgorithm, SecretText message, String mac)
      implements AutoCloseable {
    public VerifyRequest {
      Require.member("key_id", keyId);
      Require.member("mac_algorithm", macAlgorithm);
      Require.member("message", message);
      Require.member("mac", mac);
    }

    @Override
    public void close() {
      message.close();
    }
  }

  public record VerifyResponse(String keyId, String macAlgorithm, boolean macValid) {}

  private final KeyReferences references;
  private final Keyring keyring;

  public Macs(KeyReferences references, Keyring keyring) {
    this.references = references;
    this.keyring = keyring;
  }

  public GenerateResponse generate(Caller caller, GenerateRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    MacAlgorithm algorithm = algorithm(request.macAlgorithm());
    byte[] message = message(request.message());
    try {
      KeyId keyId = references.permitted(caller, Action.GENERATE_MAC, reference);
      try (OpenKey key = keyring.open(caller.project(), keyId, Use.MAC)) {
        byte[] mac = macKey(key, algorithm).mac(message);
        return new GenerateResponse(keyId.text(), algorithm.name(), Hex.lowerText(mac));
      }
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  public VerifyResponse verify(Caller caller, VerifyRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    MacAlgorithm algorithm = algorithm(request.macAlgorithm());
    byte[] mac =
        Hex.decode(request.mac())
            .orElseThrow(() -> KmsError.INVALID_PARAMETER.rejected("mac must be hexadecimal."));
    byte[] message = message(request.message());
    try {
      KeyId keyId = references.permitted(caller, Action.VERIFY_MAC, reference);
      try (OpenKey key = keyring.open(caller.project(), keyId, Use.MAC)) {
        boolean valid = macKey(key, algorithm).verify(message, mac);
        return new VerifyResponse(keyId.text(), algorithm.name(), valid);
      }
    } finally {
      Arrays.fill(message, (byte) 0);
    }
  }

  private static byte[] message(SecretText text) {
    return Wire.base64(text, "message", MOST_MESSAGE_BYTES, KmsError.INVALID_PARAMETER);
  }

  private static MacAlgorithm algorithm(String name) {
    return MacAlgorithm.find(name)
        .orElseThrow(() ->
            KmsError.INVALID_PARAMETER.rejected(
                "mac_algorithm must be one of "
                    + Arrays.stream(MacAlgorithm.values())
                        .map(Enum::name)
                        .collect(Collectors.joining(", "))
                    + "."));
  }

  private static MacKey macKey(OpenKey key, MacAlgorithm algorithm) {
    if (!(key.current() instanceof OpenMaterial.Mac(MacKey mac))) {
      throw new IllegalStateException("the key makes no MACs");
    }
    if (mac.algorithm() != algorithm) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "mac_algorithm must be " + mac.algorithm() + " for this key.");
    }
    return mac;
  }
}
