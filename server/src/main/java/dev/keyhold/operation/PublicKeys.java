package dev.keyhold.operation;

import dev.keyhold.iam.Action;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.OpenKey;
import dev.keyhold.keyring.OpenMaterial;
import dev.keyhold.keyring.Use;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/// The public half of a key pair: get-publickey. Source: DEW API Reference, "Querying Public Key
/// Information".
public final class PublicKeys {
  private static final String LINE_END = "\r\n";
  private static final int LINE_CHARS = 64;

  public record Request(String keyId, Optional<String> sequence) {
    public Request {
      Require.member("key_id", keyId);
    }
  }

  /// @param publicKey SPKI (RFC 5280, section 4.1.2.7) in PEM, lines of 64 characters that end in
  ///   CRLF, the last one too
  public record Response(String keyId, String publicKey) {}

  private final KeyReferences references;
  private final Keyring keyring;

  public PublicKeys(KeyReferences references, Keyring keyring) {
    this.references = references;
    this.keyring = keyring;
  }

  public Response get(Caller caller, Request request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    KeyId keyId = references.permitted(caller, Action.GET_PUBLIC_KEY, reference);
    try (OpenKey key = keyring.open(caller.project(), keyId, Use.TELL_PUBLIC_KEY)) {
      if (!(key.current() instanceof OpenMaterial.Pair pair)) {
        throw new IllegalStateException("the key is no pair");
      }
      return new Response(keyId.text(), pem(pair.publicKey().lent()));
    }
  }

  private static String pem(byte[] spki) {
    var lines =
        Base64.getMimeEncoder(LINE_CHARS, LINE_END.getBytes(StandardCharsets.US_ASCII))
            .encodeToString(spki);
    return String.join(
        LINE_END, "-----BEGIN PUBLIC KEY-----", lines, "-----END PUBLIC KEY-----", "");
  }
}
