package dev.keyhold.backup;

import dev.keyhold.crypto.Bytes;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/// What is in a backup.
///
/// @param rows how many rows each table has, in the backup's order
/// @param sha256 of the content, the same whoever made or read it
public record Summary(Map<String, Long> rows, Bytes sha256) {
  public Summary {
    rows = Collections.unmodifiableMap(new LinkedHashMap<>(rows));
  }

  static MessageDigest newDigest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has it", e);
    }
  }
}
