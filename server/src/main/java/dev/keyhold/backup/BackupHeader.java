package dev.keyhold.backup;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.seal.Seal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The first line of a backup, in the clear:
///
///     keyhold-backup-v1 schema=2 created=2026-01-31T12:00:00Z sealed-by=root-key key=BASE64
///
/// Each backup has a key of its own, random, which the root key or a backup key has wrapped: that
/// is the `key`. All that follows is bound to every byte of this line.
///
/// @param schema the version of the database's schema
/// @param sealedBy which kind of key to ask the operator for
/// @param wrappedKey as the [Seal] returned it
public record BackupHeader(Instant created, int schema, SealedBy sealedBy, Bytes wrappedKey) {
  static final int KEY_BYTES = 32;

  private static final String MAGIC = "keyhold-backup-v1 ";
  private static final int MOST_BYTES = 16_384;
  private static final byte[] WRAP_AAD = "keyhold backup key v1".getBytes(StandardCharsets.UTF_8);
  private static final Pattern LINE =
      Pattern.compile(
          MAGIC
              + "schema=([1-9][0-9]{0,5}) created=([-0-9TZ:.]{1,40})"
              + " sealed-by=(root-key|backup-key) key=([A-Za-z0-9+/=]+)\n");

  private static final Pattern LATER = Pattern.compile("keyhold-backup-v([2-9]|[1-9][0-9]{1,3}) ");

  /// What wrapped a backup's key.
  public enum SealedBy {
    ROOT_KEY("root-key"),
    BACKUP_KEY("backup-key");

    private final String text;

    SealedBy(String text) {
      this.text = text;
    }
  }

  /// For a new backup, with a new key.
  static BackupHeader make(Instant created, int schema, SealedBy sealedBy, Seal seal) {
    try (var key = new KeyMaterial(Random.bytes(KEY_BYTES))) {
      return new BackupHeader(created, schema, sealedBy, Bytes.owning(seal.wrap(key, WRAP_AAD)));
    }
  }

  /// Reads the line from the beginning of a backup, and no byte more.
  ///
  /// @throws BackupException when it is none
  public static BackupHeader read(InputStream in) throws IOException {
    var line = new ByteArrayOutputStream(512);
    int next = in.read();
    while (next >= 0 && line.size() < MOST_BYTES) {
      line.write(next);
      if (next == '\n') {
        return parse(line.toString(StandardCharsets.ISO_8859_1));
      }
      next = in.read();
    }
    throw notOne();
  }

  private static BackupHeader parse(String line) {
    Matcher parts = LINE.matcher(line);
    if (LATER.matcher(line).lookingAt()) {
      throw new BackupException(
          "The backup has a form that this Keyhold does not know: a newer one made it, use that.");
    }
    if (!parts.matches()) {
      throw notOne();
    }
    try {
      var header =
          new BackupHeader(
              Instant.parse(parts.group(2)),
              Integer.parseInt(parts.group(1)),
              parts.group(3).equals(SealedBy.ROOT_KEY.text)
                  ? SealedBy.ROOT_KEY
                  : SealedBy.BACKUP_KEY,
              Bytes.owning(Base64.getDecoder().decode(parts.group(4))));
      if (header.line().equals(line)) { // one spelling
        return header;
      }
    } catch (DateTimeParseException | IllegalArgumentException _) {
      // as below
    }
    throw notOne();
  }

  private static BackupException notOne() {
    return new BackupException("This is no backup of Keyhold, or its first line was altered.");
  }

  /// @throws dev.keyhold.seal.SealException when `seal` is another one than the backup's
  KeyMaterial unwrapKey(Seal seal) {
    KeyMaterial key = seal.unwrap(wrappedKey.lent(), WRAP_AAD);
    if (key.length() != KEY_BYTES) {
      key.close();
      throw notOne();
    }
    return key;
  }

  /// The line, with its line feed.
  String line() {
    return MAGIC
        + "schema="
        + schema
        + " created="
        + created
        + " sealed-by="
        + sealedBy.text
        + " key="
        + Base64.getEncoder().encodeToString(wrappedKey.lent())
        + "\n";
  }

  byte[] bytes() {
    return line().getBytes(StandardCharsets.US_ASCII);
  }

  byte[] hash() {
    return Digest.SHA_256.digest(bytes());
  }
}
