package dev.keyhold;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes SIGTERM and SIGINT an orderly end: requests in flight are answered, and the process exits
/// 0, where the JVM alone would answer 143 or 130.
final class StopOnSignal {
  private static final Logger LOG = LoggerFactory.getLogger(StopOnSignal.class);

  /// What a stop may take beyond the grace for requests: to close the store.
  private static final Duration EXTRA = Duration.ofSeconds(10);

  private final AtomicReference<Optional<Server>> server = new AtomicReference<>(Optional.empty());
  private final Duration grace;
  private final Thread hook;

  private StopOnSignal(Duration grace) {
    this.grace = grace;
    this.hook = new Thread(this::stop, "stop");
  }

  /// To be called before the server starts: a signal that comes while it does ends it just as well.
  static StopOnSignal install(Duration grace) {
    var stop = new StopOnSignal(grace);
    Runtime.getRuntime().addShutdownHook(stop.hook);
    return stop;
  }

  void watch(Server started) {
    server.set(Optional.of(started));
  }

  /// To be called when the server has ended by itself, so that its exit code counts.
  void uninstall() {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException _) {
      // The signal was there first.
    }
  }

  private void stop() {
    LOG.info("stopping: waiting up to {} s for requests in flight", grace.toSeconds());
    Thread guard = Thread.ofPlatform().daemon().name("stop-guard").start(this::giveUpLater);
    int exitCode = Main.FAILED;
    try {
      server.get().ifPresent(Server::stop);
      LOG.info("stopped");
      exitCode = Main.OK;
    } catch (RuntimeException failure) {
      LOG.error("stopped with a failure", failure);
    } finally {
      guard.interrupt();
      Runtime.getRuntime().halt(exitCode);
    }
  }

  private void giveUpLater() {
    try {
      TimeUnit.NANOSECONDS.sleep(grace.plus(EXTRA).toNanos());
    } catch (InterruptedException _) {
      return; // it did
    }
    LOG.error("did not stop in time");
    Runtime.getRuntime().halt(Main.FAILED);
  }
}
