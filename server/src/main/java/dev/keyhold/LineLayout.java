package dev.keyhold;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.Instant;

/// One line an event: time in UTC, level, the logger's simple name, message; below it the stack
/// trace, if there is one. In code, since a pattern is compiled at every start.
final class LineLayout extends LayoutBase<ILoggingEvent> {
  @Override
  public String doLayout(ILoggingEvent event) {
    String logger = event.getLoggerName();
    var line = new StringBuilder();
    line.append(Instant.ofEpochMilli(event.getTimeStamp()))
        .append(' ')
        .append(event.getLevel())
        .append(' ')
        .append(logger, logger.lastIndexOf('.') + 1, logger.length())
        .append(": ")
        .append(oneLine(event.getFormattedMessage()))
        .append('\n');
    IThrowableProxy thrown = event.getThrowableProxy();
    if (thrown != null) {
      line.append(ThrowableProxyUtil.asString(thrown));
    }
    return line.toString();
  }

  /// Callers choose parts of some messages: a line break of theirs must not begin a line of ours.
  private static String oneLine(String message) {
    return message.replace('\r', ' ').replace('\n', ' ');
  }
}
