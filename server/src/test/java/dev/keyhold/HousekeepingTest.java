package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import dev.keyhold.feed.Freshness;
import dev.keyhold.keyring.Imports;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Rotations;
import dev.keyhold.keyring.TestVault;
import dev.keyhold.store.SqlKekRepository;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class HousekeepingTest {
  private static final InstantSource BROKEN =
      () -> {
        throw new IllegalStateException("a clock that is broken");
      };

  private final Logger logger = (Logger) LoggerFactory.getLogger(Housekeeping.class);
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final AppenderBase<ILoggingEvent> log =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          told.add(event.getFormattedMessage());
        }
      };

  @TempDir Path folder;

  @BeforeEach
  void listen() {
    log.start();
    logger.addAppender(log);
  }

  @AfterEach
  void listenNoMore() {
    logger.detachAppender(log);
  }

  @Test
  void eachWorkThatFailsIsToldOfByItsName() throws InterruptedException {
    try (var store = new TestVault(folder);
        var keyring = new Keyring(store.vault, BROKEN, 10)) {
      var imports = new Imports(store.vault, keyring, store.generator, store.keks, BROKEN, BROKEN);
      var rotations = new Rotations(store.vault, keyring, store.generator, BROKEN, cmk -> cmk);
      var housekeeping =
          Housekeeping.start(
              keyring,
              imports,
              rotations,
              Optional.empty(),
              Freshness.unshared(),
              new RootKeyWatch(
                  store.seal, new SqlKekRepository(store.database), Freshness.unshared()),
              Optional.empty(),
              Optional.empty(),
              Optional.empty(),
              Optional.empty());
      try {
        assertThat(String.join("\n", firstThree()))
            .contains("destroy-key", "delete-expired-key-material", "rotate-key");
      } finally {
        housekeeping.close();
      }
    }
  }

  private List<String> firstThree() throws InterruptedException {
    var first = new ArrayList<String>();
    for (int i = 0; i < 3; i++) {
      String message = told.poll(5, TimeUnit.SECONDS);
      if (message != null) {
        first.add(message);
      }
    }
    return first;
  }
}
