package dev.keyhold.replication;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Hkdf;
import dev.keyhold.crypto.KeyMaterial;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/// Seals what travels between regions under keys derived from the replication secret, so that
/// neither TLS nor what ends it is trusted. Whoever can seal a request knows the secret: this is
/// also how regions authenticate each other.
///
/// A request is bound to both regions and its time, an answer to both regions and its request, and
/// each has a key of its own: nothing can be sent back, elsewhere, or as an answer to another
/// question.
public final class Channel implements AutoCloseable {
  public static final int SECRET_BYTES = 32;

  private final AeadKey requests;
  private final AeadKey answers;

  /// Where a request comes from and goes, and when it was made.
  public record Leg(String from, String to, long millis) {}

  /// @param secret of [#SECRET_BYTES]; stays the caller's
  public Channel(KeyMaterial secret) {
    this.requests = derived(secret, "keyhold replication 1 request");
    this.answers = derived(secret, "keyhold replication 1 answer");
  }

  private static AeadKey derived(KeyMaterial secret, String purpose) {
    if (secret.length() != SECRET_BYTES) {
      throw new IllegalArgumentException("a replication secret has " + SECRET_BYTES + " bytes");
    }
    byte[] info = purpose.getBytes(StandardCharsets.US_ASCII);
    return AeadKey.of(
        AeadSuite.XAES_256_GCM,
        secret.lend(
            bytes -> Hkdf.sha256(bytes, new byte[0], info, AeadSuite.XAES_256_GCM.keyBytes())));
  }

  byte[] sealRequest(Leg leg, KeyMaterial plaintext) {
    return plaintext.lend(bytes -> requests.seal(bytes, bound(leg)));
  }

  /// @return to be closed; empty unless sealed for this leg by somebody with the secret
  Optional<KeyMaterial> openRequest(Leg leg, byte[] sealed) {
    return requests.open(sealed, bound(leg));
  }

  byte[] sealAnswer(Leg leg, byte[] request, KeyMaterial plaintext) {
    return plaintext.lend(bytes -> answers.seal(bytes, bound(leg, request)));
  }

  /// @param request as it was sent
  Optional<KeyMaterial> openAnswer(Leg leg, byte[] request, byte[] sealed) {
    return answers.open(sealed, bound(leg, request));
  }

  private static byte[] bound(Leg leg) {
    return bound(leg, new byte[0]);
  }

  /// The nonce of a request is random and 24 bytes long, so it names the request.
  private static byte[] bound(Leg leg, byte[] request) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new DataOutputStream(bytes)) {
      out.writeUTF(leg.from());
      out.writeUTF(leg.to());
      out.writeLong(leg.millis());
      out.write(request, 0, Math.min(request.length, AeadKey.NONCE_BYTES));
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    requests.close();
    answers.close();
  }
}
