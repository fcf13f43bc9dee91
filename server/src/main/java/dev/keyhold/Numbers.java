package dev.keyhold;

import java.time.DateTimeException;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Numbers and durations as operators write them.
final class Numbers {
  private static final Pattern SHORT_DURATION = Pattern.compile("([0-9]{1,9}) ?(ms|s|m|h|d)");

  private Numbers() {}

  /// Decimal digits, without sign, spaces or separators.
  static Optional<Long> whole(String text, long least, long most) {
    if (!text.matches("[0-9]{1,18}")) {
      return Optional.empty();
    }
    return Optional.of(Long.valueOf(text)).filter(number -> number >= least && number <= most);
  }

  /// `250ms`, `30s`, `5m`, `1h`, `7d`, or ISO-8601 such as `PT30S`, `-P7DT1H`.
  static Optional<Duration> duration(String text) {
    Matcher brief = SHORT_DURATION.matcher(text);
    if (brief.matches()) {
      long amount = Long.parseLong(brief.group(1));
      return Optional.of(
          switch (brief.group(2)) {
            case "ms" -> Duration.ofMillis(amount);
            case "s" -> Duration.ofSeconds(amount);
            case "m" -> Duration.ofMinutes(amount);
            case "h" -> Duration.ofHours(amount);
            default -> Duration.ofDays(amount);
          });
    }
    try {
      return Optional.of(Duration.parse(text));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }
}
