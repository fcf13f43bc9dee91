package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import dev.keyhold.Config.Log;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class LoggingTest {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

  @AfterEach
  void asBefore() {
    Logging.use(new Log(Log.Level.INFO, Log.Format.TEXT));
  }

  private static LoggingEvent event(String message, @Nullable Throwable thrown) {
    Logger logger = (Logger) LoggerFactory.getLogger("dev.keyhold.http.Listener");
    var event = new LoggingEvent("", logger, Level.WARN, message, thrown, new Object[0]);
    event.setTimeStamp(1_700_000_000_123L);
    return event;
  }

  @Test
  void eventIsOneLineWhateverCallersPutIntoIt() {
    assertThat(new LineLayout().doLayout(event("a\r\nb ${jndi:x}", null)))
        .isEqualTo("2023-11-14T22:13:20.123Z WARN Listener: a  b ${jndi:x}\n");
  }

  @Test
  void stackTraceFollowsTheLine() {
    assertThat(new LineLayout().doLayout(event("failed", new IllegalStateException("why"))))
        .startsWith("2023-11-14T22:13:20.123Z WARN Listener: failed\n")
        .contains("java.lang.IllegalStateException: why", "\tat dev.keyhold.LoggingTest");
  }

  @Test
  void librariesAreQuietAndDebugIsOurs() {
    Logging.use(new Log(Log.Level.DEBUG, Log.Format.JSON));

    assertThat(context.getLogger("dev.keyhold.http").isDebugEnabled()).isTrue();
    assertThat(context.getLogger("org.somebody").isDebugEnabled()).isFalse();
    assertThat(context.getLogger("io.vertx.core").isInfoEnabled()).isFalse();
    assertThat(context.getLogger("io.vertx.core").isWarnEnabled()).isTrue();

    Logging.use(new Log(Log.Level.ERROR, Log.Format.TEXT));

    assertThat(context.getLogger("dev.keyhold.http").isWarnEnabled()).isFalse();
    assertThat(context.getLogger("io.vertx.core").isWarnEnabled()).isFalse();
  }
}
