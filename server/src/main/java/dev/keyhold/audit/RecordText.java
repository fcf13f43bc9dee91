package dev.keyhold.audit;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32C;

/// Writes records as docs/audit-format.md has them. Used by one thread.
final class RecordText {
  /// `{"time":"`, by which each record begins, and the time after it, whose length is fixed.
  private static final String BEGIN = "{\"time\":\"";

  private static final int TIME_CHARS = "2026-11-24T12:00:00.000Z".length();
  private static final DateTimeFormatter SECOND =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.").withZone(ZoneOffset.UTC);
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int CHECKSUM_CHARS = 8;

  private final String node;
  private final CRC32C checksum = new CRC32C();
  private byte[] bytes = new byte[512];
  private int length;
  private final RecordTails tails = new RecordTails();
  private long second = Long.MIN_VALUE;
  private String secondText = "";

  /// @param node which server's records they are
  RecordText(String node) {
    this.node = node;
  }

  /// One record alone, as the database keeps it.
  static String of(AuditEntry entry, String node, Instant time) {
    var text = new RecordText(node);
    text.json(entry, time.toEpochMilli());
    return new String(text.bytes, 0, text.length, StandardCharsets.US_ASCII);
  }

  /// When a record was made.
  static Optional<Instant> timeOf(String record) {
    if (!record.startsWith(BEGIN) || record.length() < BEGIN.length() + TIME_CHARS) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Instant.parse(record.substring(BEGIN.length(), BEGIN.length() + TIME_CHARS)));
    } catch (DateTimeParseException _) {
      return Optional.empty();
    }
  }

  /// The record of a line without its end; empty when the checksum is wrong.
  static Optional<String> record(byte[] line, int from, int to) {
    int text = from + CHECKSUM_CHARS + 1;
    if (to <= text || line[text - 1] != ' ') {
      return Optional.empty();
    }
    var crc = new CRC32C();
    crc.update(line, text, to - text);
    int value = (int) crc.getValue();
    for (int i = 0; i < CHECKSUM_CHARS; i++) {
      if (line[from + i] != HEX[value >>> (28 - 4 * i) & 0xf]) {
        return Optional.empty();
      }
    }
    return Optional.of(new String(line, text, to - text, StandardCharsets.UTF_8));
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  void clear() {
    length = 0;
  }

  /// Adds a line of a segment: checksum, space, record, line feed.
  void line(AuditEntry entry, long millis) {
    int begin = length;
    length += CHECKSUM_CHARS + 1;
    room(0);
    json(entry, millis);
    int text = begin + CHECKSUM_CHARS + 1;
    checksum.reset();
    checksum.update(bytes, text, length - text);
    int value = (int) checksum.getValue();
    for (int i = 0; i < CHECKSUM_CHARS; i++) {
      bytes[begin + i] = HEX[value >>> (28 - 4 * i) & 0xf];
    }
    bytes[text - 1] = ' ';
    raw("\n");
  }

  private void json(AuditEntry entry, long millis) {
    raw(BEGIN);
    time(millis);
    raw("\"");
    member("request_id", entry.requestId);
    byte[] known = tails.of(entry);
    if (known == null) {
      int from = length;
      rest(entry);
      tails.keep(entry, Arrays.copyOfRange(bytes, from, length));
    } else {
      room(known.length);
      System.arraycopy(known, 0, bytes, length, known.length);
      length += known.length;
    }
  }

  /// What is the same in all like calls of a caller.
  private void rest(AuditEntry entry) {
    member("node", node);
    member(
        "caller",
        switch (entry.who) {
          case NOBODY -> "none";
          case USER -> "user";
          case KEYHOLD -> "keyhold";
        });
    member("domain_id", entry.domain);
    member("user_id", entry.user);
    member("credential", entry.credential);
    member("source", entry.source);
    member("action", entry.action);
    member("project_id", entry.project);
    member("key_id", entry.key);
    member("outcome", entry.outcome.text());
    if (entry.status != 0) {
      raw(",\"status\":");
      raw(Integer.toString(entry.status));
    }
    member("error", entry.error);
    raw("}");
  }

  private void time(long millis) {
    long now = Math.floorDiv(millis, 1000);
    if (now != second) {
      second = now;
      secondText = SECOND.format(Instant.ofEpochSecond(now));
    }
    raw(secondText);
    int rest = Math.floorMod(millis, 1000);
    room(4);
    bytes[length++] = (byte) ('0' + rest / 100);
    bytes[length++] = (byte) ('0' + rest / 10 % 10);
    bytes[length++] = (byte) ('0' + rest % 10);
    bytes[length++] = 'Z';
  }

  private void member(String name, String value) {
    if (value.isEmpty()) {
      return;
    }
    raw(",\"");
    raw(name);
    raw("\":\"");
    if (isPlain(value)) {
      raw(value);
    } else {
      escaped(value);
    }
    raw("\"");
  }

  private static boolean isPlain(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c < ' ' || c > '~' || c == '"' || c == '\\') {
        return false;
      }
    }
    return true;
  }

  private void escaped(String value) {
    for (int i = 0; i < value.length(); i++) {
      raw("\\u");
      room(4);
      for (int shift = 12; shift >= 0; shift -= 4) {
        bytes[length++] = HEX[value.charAt(i) >>> shift & 0xf];
      }
    }
  }

  @SuppressWarnings("deprecation") // the low bytes are what is wanted: it is ASCII
  private void raw(String ascii) {
    room(ascii.length());
    ascii.getBytes(0, ascii.length(), bytes, length);
    length += ascii.length();
  }

  private void room(int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
    }
  }
}
