package dev.keyhold.iam;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/// The value of `X-Sdk-Date`: `yyyyMMdd'T'HHmmss'Z'`, 16 characters, in UTC.
final class SdkDate {
  private static final int CHARS = 16;

  private SdkDate() {}

  /// Milliseconds since 1970.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301`
  static long parse(String text) {
    if (text.length() != CHARS || text.charAt(8) != 'T' || text.charAt(15) != 'Z') {
      throw malformed();
    }
    try {
      return 1000
          * LocalDateTime.of(
                  number(text, 0, 4),
                  number(text, 4, 6),
                  number(text, 6, 8),
                  number(text, 9, 11),
                  number(text, 11, 13),
                  number(text, 13, 15))
              .toEpochSecond(ZoneOffset.UTC);
    } catch (DateTimeException _) { // such as 30 February
      throw malformed();
    }
  }

  private static int number(String text, int start, int end) {
    int value = 0;
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        throw malformed();
      }
      value = 10 * value + (c - '0');
    }
    return value;
  }

  private static RuntimeException malformed() {
    return Refusals.malformedSignature("X-Sdk-Date must read yyyyMMddTHHmmssZ");
  }
}
