package dev.keyhold.iam;

import dev.keyhold.crypto.Argon2id;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The text in which a password's Argon2id is stored: the PHC string
/// `$argon2id$v=19$m=<KiB>,t=<passes>,p=<lanes>$<salt>$<hash>`, base64 without padding.
///
/// @param memoryKib 8 KiB to 1 GiB
/// @param passes 1 to 16
/// @param lanes 1 to 16
record Argon2Text(int memoryKib, int passes, int lanes) {
  private static final int HASH_BYTES = 32;
  private static final Pattern STORED =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9]{1,2})"
              + "\\$([A-Za-z0-9+/]{22})\\$([A-Za-z0-9+/]{43})");

  Argon2Text {
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
        new Argon2Text(
            Integer.parseInt(parts.group(1)),
            Integer.parseInt(parts.group(2)),
            Integer.parseInt(parts.group(3)));
    byte[] salt = Base64.getDecoder().decode(parts.group(4));
    byte[] expected = Base64.getDecoder().decode(parts.group(5));
    return MessageDigest.isEqual(expected, parameters.compute(password, salt));
  }

  private byte[] compute(Password password, byte[] salt) {
    var cost = new Argon2id.Cost(memoryKib, passes, lanes);
    return password.lend(chars -> Argon2id.derive(chars, salt, cost, HASH_BYTES));
  }
}
