package dev.keyhold.seal;

import dev.keyhold.crypto.Argon2id;
import dev.keyhold.crypto.Bytes;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file of a [PassphraseSeal]: four lines of ASCII, each ended by a line feed, in exactly this
/// spelling.
///
///     keyhold-passphrase-seal-v1
///     argon2id m=KIB,t=PASSES,p=LANES SALT
///     root-key WRAPPED
///     CHECKSUM
///
/// SALT is 16 bytes in Base64. WRAPPED is nonce (24 bytes), ciphertext (32) and tag (16) of the root
/// key, XAES-256-GCM under Argon2id (version 1.3) of the passphrase, with the first two lines as AAD,
/// in Base64. CHECKSUM is of all before it ([Checksum]): it tells a damaged file from a wrong
/// passphrase.
///
/// @param wrappedRootKey nonce, ciphertext, tag
record PassphraseFile(Parameters parameters, Bytes wrappedRootKey) {
  static final String WHAT = "seal file";
  static final int MAX_BYTES = 1024;

  private static final int WRAPPED_BYTES = 72;
  private static final String FIRST_LINE = "keyhold-passphrase-seal-v1\n";
  private static final Pattern FORM =
      Pattern.compile(
          FIRST_LINE
              + "argon2id m=([0-9]{1,7}),t=([0-9]{1,2}),p=([0-9]{1,2}) ([A-Za-z0-9+/]{22}==)\n"
              + "root-key ([A-Za-z0-9+/]{96})\n"
              + "([0-9a-f]{8})\n");

  /// How the key that wraps the root key is made from the passphrase.
  record Parameters(Argon2id.Cost cost, Bytes salt) {
    /// The first two lines.
    byte[] header() {
      return ascii(
          FIRST_LINE
              + "argon2id m="
              + cost.kib()
              + ",t="
              + cost.passes()
              + ",p="
              + cost.lanes()
              + " "
              + base64(salt)
              + "\n");
    }
  }

  byte[] encode() {
    byte[] checked =
        concat(parameters.header(), ascii("root-key " + base64(wrappedRootKey) + "\n"));
    return concat(concat(checked, Checksum.of(checked, checked.length)), ascii("\n"));
  }

  static boolean looksLikeOne(byte[] content) {
    byte[] first = ascii(FIRST_LINE);
    return content.length > first.length
        && Arrays.equals(content, 0, first.length, first, 0, first.length);
  }

  /// @throws SealException when `content` is not what [#encode] makes
  static PassphraseFile parse(Path file, byte[] content) {
    String text = new String(content, StandardCharsets.US_ASCII); // holds nothing in clear
    int common = Math.min(text.length(), FIRST_LINE.length());
    if (!text.regionMatches(0, FIRST_LINE, 0, common)) {
      throw refused(file, "does not begin with " + FIRST_LINE.strip() + " as this Keyhold's do");
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw refused(file, "is truncated or malformed");
    }
    byte[] sum = ascii(form.group(6));
    if (!Arrays.equals(sum, Checksum.of(content, content.length - sum.length - 1))) {
      throw refused(file, "is damaged: its checksum does not match");
    }
    try {
      var cost =
          new Argon2id.Cost(
              Integer.parseInt(form.group(1)),
              Integer.parseInt(form.group(2)),
              Integer.parseInt(form.group(3)));
      var parsed =
          new PassphraseFile(new Parameters(cost, bytes(form.group(4))), bytes(form.group(5)));
      if (Arrays.equals(parsed.encode(), content)
          && parsed.wrappedRootKey.length() == WRAPPED_BYTES) {
        return parsed;
      }
    } catch (IllegalArgumentException e) {
      throw refused(file, "is malformed: " + e.getMessage());
    }
    throw refused(file, "is malformed: it is not spelled as Keyhold does");
  }

  private static Bytes bytes(String base64) {
    return Bytes.owning(Base64.getDecoder().decode(base64));
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.lent());
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] concat(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private static SealException refused(Path file, String why) {
    return new SealException("The seal file " + file + " " + why + ".");
  }
}
