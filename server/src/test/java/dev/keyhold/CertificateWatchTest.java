package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class CertificateWatchTest {
  private static final Instant EXPIRES = Instant.parse("2028-03-05T12:00:00Z");
  private final Logger logger = (Logger) LoggerFactory.getLogger(CertificateWatch.class);
  private final ListAppender<ILoggingEvent> log = new ListAppender<>();

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(log);
  }

  private void look(Duration before) {
    Instant now = EXPIRES.minus(before);
    new CertificateWatch(Path.of("server.crt"), EXPIRES, () -> now).look();
  }

  @Test
  void nothingIsSaidAMonthBefore() {
    look(Duration.ofDays(31));
    assertThat(log.list).isEmpty();
  }

  @Test
  void theLastMonthIsToldOfWithTheDate() {
    look(Duration.ofDays(29));
    assertThat(log.list)
        .singleElement()
        .asString()
        .startsWith("[WARN]")
        .contains("server.crt expires on 2028-03-05T12:00:00Z", "restart");
  }

  @Test
  void oneThatHasExpiredWhileItWasServedIsAnError() {
    look(Duration.ofDays(-1));
    assertThat(log.list)
        .singleElement()
        .asString()
        .startsWith("[ERROR]")
        .contains("server.crt expired on 2028-03-05T12:00:00Z");
  }
}
