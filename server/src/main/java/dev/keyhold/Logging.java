package dev.keyhold;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import dev.keyhold.Config.Log;
import java.util.List;
import org.slf4j.LoggerFactory;

/// Sets Logback up in code: one appender on standard error. There is no file that could turn on
/// look-ups or write elsewhere, and no XML to read at each start. Logback finds this class through
/// its service file and calls it before the first line is logged.
public final class Logging extends ContextAwareBase implements Configurator {
  private static final Log UNTIL_TOLD = new Log(Log.Level.INFO, Log.Format.TEXT);

  // What they say at INFO helps their own developers.
  private static final List<String> CHATTY =
      List.of(
          "io.netty",
          "io.vertx",
          "org.flywaydb",
          "com.zaxxer.hikari",
          "org.postgresql",
          "org.jdbi",
          "com.github.benmanes");

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    apply(UNTIL_TOLD, context);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /// Logs as configured from now on.
  static void use(Log log) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      context.reset();
      apply(log, context);
    }
  }

  private static void apply(Log log, LoggerContext context) {
    Encoder<ILoggingEvent> encoder =
        switch (log.format()) {
          case TEXT -> text();
          case JSON -> json();
        };
    encoder.setContext(context);
    encoder.start();

    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setName("stderr");
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();

    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Level level = Level.toLevel(log.level().name());
    root.setLevel(level.isGreaterOrEqual(Level.INFO) ? level : Level.INFO);
    root.addAppender(appender);
    context.getLogger("dev.keyhold").setLevel(level);
    if (!level.isGreaterOrEqual(Level.WARN)) {
      CHATTY.forEach(name -> context.getLogger(name).setLevel(Level.WARN));
    }
  }

  private static Encoder<ILoggingEvent> text() {
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    encoder.setLayout(new LineLayout());
    return encoder;
  }

  private static Encoder<ILoggingEvent> json() {
    var encoder = new JsonEncoder();
    encoder.setWithFormattedMessage(true);
    encoder.setWithMessage(false);
    encoder.setWithArguments(false);
    encoder.setWithContext(false);
    encoder.setWithSequenceNumber(false);
    encoder.setWithNanoseconds(false);
    return encoder;
  }
}
