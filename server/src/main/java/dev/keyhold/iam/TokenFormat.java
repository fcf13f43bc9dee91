package dev.keyhold.iam;

import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;

/// The bytes of a token. Integers are little-endian:
///
///     offset  bytes
///          0      1  format, 0x01
///          1      1  scope: 0x00 the domain, 0x01 the project
///          2     16  user id
///         18     16  domain id
///         34     16  project id; zeros when the scope is the domain
///         50      8  issued, milliseconds since 1970
///         58      8  expires, likewise
///         66      8  the user's credential epoch
///         74     17  random, so that no two tokens are alike
///         91     32  HMAC-SHA256 of all before it
///
/// On the wire in base64url without padding. 123 bytes make 164 characters without a spare bit, so a
/// token has one spelling.
final class TokenFormat {
  static final int NONCE_BYTES = 17;
  static final int SIGNED_BYTES = 91;

  private static final int TAG_BYTES = 32;
  private static final int BYTES = SIGNED_BYTES + TAG_BYTES;
  private static final int CHARS = BYTES / 3 * 4;

  private static final byte FORMAT = 1;
  private static final byte DOMAIN_SCOPE = 0;
  private static final byte PROJECT_SCOPE = 1;

  private static final int SCOPE = 1;
  private static final int USER = 2;
  private static final int DOMAIN = 18;
  private static final int PROJECT = 34;
  private static final int ISSUED = 50;
  private static final int EXPIRES = 58;
  private static final int EPOCH = 66;
  private static final int NONCE = 74;
  private static final int ID_BYTES = 16;

  private static final byte[] NOTHING = {};
  private static final HexFormat HEX = HexFormat.of();
  private static final VarHandle LE64 =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private TokenFormat() {}

  /// All bytes of a token, those of the tag still zero.
  static byte[] encode(Token token, byte[] nonce) {
    byte[] bytes = new byte[BYTES];
    bytes[0] = FORMAT;
    bytes[SCOPE] = token.scope().isPresent() ? PROJECT_SCOPE : DOMAIN_SCOPE;
    putId(token.user().text(), bytes, USER);
    putId(token.domain().text(), bytes, DOMAIN);
    token.scope().ifPresent(project -> putId(project.text(), bytes, PROJECT));
    LE64.set(bytes, ISSUED, token.issuedAt().toEpochMilli());
    LE64.set(bytes, EXPIRES, token.expiresAt().toEpochMilli());
    LE64.set(bytes, EPOCH, token.credentialEpoch());
    System.arraycopy(nonce, 0, bytes, NONCE, NONCE_BYTES);
    return bytes;
  }

  /// Reads a token whose tag was found right; empty when it is of another format.
  static Optional<Token> decode(byte[] bytes) {
    if (bytes[0] != FORMAT) {
      return Optional.empty();
    }
    return Optional.of(
        new Token(
            new UserId(id(bytes, USER)),
            new DomainId(id(bytes, DOMAIN)),
            bytes[SCOPE] == PROJECT_SCOPE
                ? Optional.of(new ProjectId(id(bytes, PROJECT)))
                : Optional.empty(),
            Instant.ofEpochMilli((long) LE64.get(bytes, ISSUED)),
            Instant.ofEpochMilli((long) LE64.get(bytes, EXPIRES)),
            (long) LE64.get(bytes, EPOCH)));
  }

  static String toText(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /// The bytes of a token's text; none when it is not of a token's length and alphabet.
  static byte[] fromText(String text) {
    if (text.length() != CHARS) {
      return NOTHING;
    }
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException _) {
      return NOTHING;
    }
    return bytes.length == BYTES ? bytes : NOTHING; // shorter when it ends in padding
  }

  private static void putId(String hex, byte[] bytes, int offset) {
    System.arraycopy(HEX.parseHex(hex), 0, bytes, offset, ID_BYTES);
  }

  private static String id(byte[] bytes, int offset) {
    return HEX.formatHex(bytes, offset, offset + ID_BYTES);
  }
}
