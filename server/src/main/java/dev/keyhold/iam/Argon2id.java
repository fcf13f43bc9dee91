package dev.keyhold.iam;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;

/// Argon2id (RFC 9106) and the text in which its results are stored: the PHC string
/// `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>`, base64 without padding.
///
/// @param memoryKib 8 KiB to 1 GiB
/// @param passes 1 to 16
/// @param lanes 1 to 16
record Argon2id(int memoryKib, int passes, int lanes) {
  static final int SALT_BYTES = 16;

  private static final int HASH_BYTES = 32;
  private static final Pattern STORED =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9]{1,2})"
              + "\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})");

  Argon2id {
    if (memoryKib < 8 * lanes
        || memoryKib > 1 << 20
        || passes < 1
        || passes > 16
        || lanes < 1
        || lanes > 16) {
      throw new IllegalArgumentException("Argon2id parameters out of bounds");
    }
  }

  /// Hashes a password for storage, with a `salt` of 16 bytes that was never used before.
  PasswordHash hash(Password password, byte[] salt) {
    var base64 = Base64.getEncoder().withoutPadding();
    return new PasswordHash(
        "$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s"
            .formatted(
                memoryKib,
                passes,
                lanes,
                base64.encodeToString(salt),
                base64.encodeToString(compute(password, salt))));
  }

  /// Whether `stored` was made of this password, with whatever parameters it names.
  ///
  /// @throws IllegalArgumentException when `stored` is no PHC string of ours
  static boolean matches(Password password, PasswordHash stored) {
    Matcher parts = STORED.matcher(stored.text());
    if (!parts.matches()) {
      throw new IllegalArgumentException("a stored password hash is damaged");
    }
    var parameters =
        new Argon2id(
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            Integer.parseInt(parts.group(3)));
    byte[] salt = Base64.getDecoder().decode(parts.group(4));
    byte[] expected = Base64.getDecoder().decode(parts.group(5));
    return MessageDigest.isEqual(expected, parameters.compute(password, salt));
  }

  private byte[] compute(Password password, byte[] salt) {
    var generator = new Argon2BytesGenerator();
    generator.init(
        new Argon2Parameters.Builder(Argon2Parameters.ARGON2_id)
            .withVersion(Argon2Parameters.ARGON2_VERSION_13)
            .withMemoryAsKB(memoryKib)
            .withIterations(passes)
            .withParallelism(lanes)
            .withSalt(salt)
            .build());
    byte[] text = password.lend(Argon2id::utf8);
    byte[] hash = new byte[HASH_BYTES];
    generator.generateBytes(text, hash);
    Arrays.fill(text, (byte) 0);
    return hash;
  }

  /// All bytes count: there is no length at which two passwords with a common beginning are equal.
  private static byte[] utf8(char[] chars) {
    byte[] room = new byte[3 * chars.length];
    ByteBuffer out = ByteBuffer.wrap(room);
    StandardCharsets.UTF_8
        .newEncoder()
        .onMalformedInput(CodingErrorAction.REPLACE)
        .encode(CharBuffer.wrap(chars), out, true);
    byte[] bytes = Arrays.copyOf(room, out.position());
    Arrays.fill(room, (byte) 0);
    return bytes;
  }
}
