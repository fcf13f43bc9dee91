package dev.keyhold;

import dev.keyhold.error.KmsException;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.AnchorFile.Anchor;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.Database;
import dev.keyhold.store.StorePosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when an old copy of the store was put in the place of the store. The anchor file, beside
/// the root key, has the store's id and a position that the store had; a store that is another one
/// or has not got so far is refused.
///
/// The position is read once a second, after it was made durable, by a thread of its own: no call
/// waits for it, and after a kill the file is behind the store, never ahead of it. Each node has a
/// file; where several share one it is at worst a second behind.
final class AnchorKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorKeeper.class);
  private static final long PERIOD_SECONDS = 1;
  private static final long LAST_WAIT_SECONDS = 5;

  private final Path file;
  private final AnchorFile anchor;
  private final Database database;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("anchor").factory());

  // Of one thread at a time.
  private Optional<Anchor> known;
  private boolean writable = true;
  private boolean away;

  // What the file says is not so, and only `keyhold store accept` changes that.
  private boolean suspended;

  private AnchorKeeper(
      Path file, AnchorFile anchor, Database database, Optional<Anchor> known, boolean suspended) {
    this.file = file;
    this.anchor = anchor;
    this.database = database;
    this.known = known;
    this.suspended = suspended;
  }

  /// Compares the file with the store.
  ///
  /// @param accept whether the store counts, whatever the file says
  /// @throws StartRefused when they contradict each other and the operator has not said to go on
  static AnchorKeeper open(Config.Anchor config, Seal seal, Database database, boolean accept) {
    var anchor = new AnchorFile(config.file(), seal);
    Optional<Anchor> known = Optional.empty();
    Optional<String> problem = Optional.empty();
    StorePosition now = StorePosition.of(database);
    if (!accept) {
      try {
        known = anchor.read();
        problem = known.flatMap(it -> problem(config.file(), it, now));
      } catch (SealException altered) {
        problem = Optional.of(String.valueOf(altered.getMessage()));
      }
    }
    if (problem.isPresent()) {
      if (config.policy() == Config.Anchor.Policy.REFUSE) {
        throw new StartRefused(
            problem.get()
                + " If this is the store that you want, run: keyhold store accept, on each node.");
      }
      LOG.error(
          "{} Serving it all the same, since anchor.policy is warn; keyhold store accept makes this"
              + " the store that is wanted",
          problem.get());
    } else {
      requireFolder(config);
    }
    if (now.store().isEmpty()) {
      StorePosition.establish(database);
    }
    return new AnchorKeeper(config.file(), anchor, database, known, problem.isPresent());
  }

  private static void requireFolder(Config.Anchor config) {
    Path folder = Optional.ofNullable(config.file().toAbsolutePath().getParent()).orElseThrow();
    if (config.chosen() && !Files.isWritable(folder)) {
      throw new StartRefused("anchor.file: nothing can be written in the folder " + folder + ".");
    }
  }

  /// What the file and the store do not agree about, as sentences for the operator.
  static Optional<String> problem(Path file, Anchor known, StorePosition now) {
    if (!known.store().equals(now.store())) {
      return Optional.of(
          "The store is not the one that %s tells of: another, a restored or an old one is in its place."
              .formatted(file));
    }
    if (now.position() < known.position()) {
      return Optional.of(
          "The store is an old copy of itself: it was at position %d, says %s, and is at %d. What was disabled, deleted or taken back since is as before."
              .formatted(known.position(), file, now.position()));
    }
    return Optional.empty();
  }

  /// Keeps the file from now on.
  void start() {
    // The future would only tell of an exception, and look lets none out.
    var _ =
        thread.scheduleWithFixedDelay(this::look, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    if (suspended) {
      return;
    }
    try {
      note(StorePosition.of(database));
      away = false;
    } catch (KmsException.Unavailable _) {
      away = true; // others tell of it
    } catch (Throwable failure) {
      LOG.error("keeping the anchor failed", failure);
    }
  }

  private void note(StorePosition now) {
    Optional<String> problem = known.flatMap(it -> problem(file, it, now));
    if (problem.isPresent()) {
      suspended = true;
      LOG.error("{} The next start will be refused", problem.get());
      return;
    }
    var next = new Anchor(now.store(), now.position());
    if (known.filter(next::equals).isPresent()) {
      return;
    }
    try {
      anchor.write(next);
      known = Optional.of(next);
      writable = true;
    } catch (IOException e) {
      if (writable) {
        writable = false;
        LOG.warn(
            "the anchor file {} can't be written, so an old copy of the store would not be noticed:"
                + " {}. See anchor.file",
            file,
            e.toString());
      }
    }
  }

  /// The numbers that the file has now.
  Optional<Anchor> known() {
    return known;
  }

  /// Writes the file a last time.
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(LAST_WAIT_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("the anchor was not kept to the end");
      } else if (!away) {
        look();
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
