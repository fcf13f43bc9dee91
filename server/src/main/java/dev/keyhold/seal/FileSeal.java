package dev.keyhold.seal;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.Outside;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

/// A root key in a file that only its owner can read. Keep it apart from the backups of the
/// database: with both, everything opens; without this file, nothing does.
///
/// The file is one line, ended by a line feed:
///
///     keyhold-root-key-v1 BASE64 CHECKSUM
///
/// BASE64 is the key, 32 bytes in 44 characters. CHECKSUM is the first 4 bytes of the SHA-256 of all
/// before it (with the blank), in 8 lower-case hexadecimal digits; it finds slips, not attacks.
public final class FileSeal {
  private static final String WHAT = "root key file";
  private static final String PREFIX_TEXT = "keyhold-root-key-v1 ";
  private static final byte[] PREFIX = PREFIX_TEXT.getBytes(StandardCharsets.US_ASCII);
  private static final int KEY_CHARS = 44;
  private static final int CHECKED_BYTES = PREFIX.length + KEY_CHARS + 1;
  private static final int FILE_BYTES = CHECKED_BYTES + Checksum.CHARS + 1;
  private static final int MAX_BYTES = 1024;

  private FileSeal() {}

  /// Makes a root key and its file, with mode 0600.
  ///
  /// @throws SealException when the file exists (it stays as it is) or can't be written
  public static Seal create(Path file) {
    var key = new KeyMaterial(Random.bytes(RootKey.BYTES));
    byte[] content = key.lend(FileSeal::encode);
    try {
      PrivateFiles.create(file, content);
    } catch (FileAlreadyExistsException e) {
      key.close();
      throw new SealException("There is a root key file " + file + " already: it is kept.", e);
    } catch (IOException | UnsupportedOperationException e) {
      key.close();
      throw new SealException(
          "The root key file " + file + " can't be written: " + Outside.words(e) + ".", e);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
    return RootKey.of(key, file.toString());
  }

  /// Reads a root key.
  ///
  /// @throws SealException when the file is missing, accessible to other users, truncated or
  ///   malformed
  public static Seal open(Path file) {
    byte[] content = PrivateFiles.read(file, WHAT, MAX_BYTES);
    try {
      return RootKey.of(decode(file, content), file.toString());
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static byte[] encode(byte[] key) {
    byte[] base64 = Base64.getEncoder().encode(key);
    byte[] line = new byte[FILE_BYTES];
    System.arraycopy(PREFIX, 0, line, 0, PREFIX.length);
    System.arraycopy(base64, 0, line, PREFIX.length, KEY_CHARS);
    Arrays.fill(base64, (byte) 0);
    line[CHECKED_BYTES - 1] = ' ';
    System.arraycopy(Checksum.of(line, CHECKED_BYTES), 0, line, CHECKED_BYTES, Checksum.CHARS);
    line[FILE_BYTES - 1] = '\n';
    return line;
  }

  private static KeyMaterial decode(Path file, byte[] content) {
    int common = Math.min(content.length, PREFIX.length);
    if (PassphraseFile.looksLikeOne(content)) {
      throw refused(file, "opens with a passphrase alone: set seal.type: passphrase");
    }
    if (!Arrays.equals(content, 0, common, PREFIX, 0, common)) {
      throw refused(file, "does not begin with " + PREFIX_TEXT + "as this Keyhold's do");
    }
    if (content.length < FILE_BYTES) {
      throw refused(file, "is truncated: " + content.length + " of " + FILE_BYTES + " bytes");
    }
    byte[] sum = Arrays.copyOfRange(content, CHECKED_BYTES, FILE_BYTES - 1);
    if (!Arrays.equals(sum, Checksum.of(content, CHECKED_BYTES))) {
      throw refused(file, "is malformed: its checksum does not match");
    }
    byte[] base64 = Arrays.copyOfRange(content, PREFIX.length, PREFIX.length + KEY_CHARS);
    try {
      byte[] key = Base64.getDecoder().decode(base64);
      // One spelling: what encodes otherwise (spare bits, a wrong length, more text) is refused.
      byte[] again = key.length == RootKey.BYTES ? encode(key) : new byte[0];
      if (!Arrays.equals(again, content)) {
        throw refused(file, "is malformed");
      }
      Arrays.fill(again, (byte) 0);
      return new KeyMaterial(key);
    } catch (IllegalArgumentException e) {
      throw refused(file, "is malformed: the key is not Base64");
    } finally {
      Arrays.fill(base64, (byte) 0);
    }
  }

  private static SealException refused(Path file, String why) {
    return new SealException("The root key file " + file + " " + why + ".");
  }
}
