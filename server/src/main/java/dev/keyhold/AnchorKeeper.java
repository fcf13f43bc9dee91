package dev.keyhold;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.error.KmsException;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.AnchorFile.Anchor;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.Database;
import dev.keyhold.store.StorePosition;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells when an old copy of the store was put in the place of the store. The anchor file, beside
/// the root key, has the store's id and a position that the store had, by the place where it is; a
/// store that is another one or has not got so far is refused.
///
/// The position is read once a second, after it was made durable, by a thread of its own: no call
/// waits for it, and after a kill the file is behind the store, never ahead of it. Each node has a
/// file; where several share one it is at worst a second behind.
final class AnchorKeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorKeeper.class);
  private static final int PLACE_BYTES = 16;
  private static final long PERIOD_SECONDS = 1;
  private static final long LAST_WAIT_SECONDS = 5;

  private final Path file;
  private final AnchorFile anchor;
  private final String place;
  private final Database database;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("anchor").factory());

  /// What is done with what the file says of the place.
  private enum Manner {
    /// It is brought up to date.
    KEEP,

    /// It is replaced, whatever it is.
    ACCEPT,

    /// It is not so, and only `keyhold store accept` changes that: it stays.
    LEAVE
  }

  // Of one thread at a time.
  private Manner manner;
  private Optional<Anchor> known;
  private boolean kept; // the place has its line: what is known may be of another place
  private boolean writable = true;
  private boolean away;

  private AnchorKeeper(
      Path file,
      AnchorFile anchor,
      String place,
      Database database,
      Optional<Anchor> known,
      Manner manner) {
    this.file = file;
    this.anchor = anchor;
    this.place = place;
    this.database = database;
    this.known = known;
    this.manner = manner;
  }

  /// Names the place where the store is: the data folder, or the address of the database.
  static String place(Config config) {
    String where =
        config
            .sharedStore()
            .map(it -> it.url().replaceFirst("\\?.*", ""))
            .orElseGet(() -> "folder:" + real(config.data()));
    byte[] digest = Digest.SHA_256.digest(where.getBytes(StandardCharsets.UTF_8));
    return Hex.lowerText(Arrays.copyOf(digest, PLACE_BYTES));
  }

  private static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException _) { // it is not there yet
      return folder.toAbsolutePath().normalize();
    }
  }

  /// Compares the file with the store. Writes nothing yet.
  ///
  /// @param before the root key until a replacement that is not finished, which what is known may
  ///   be sealed by still; or `seal`
  /// @param accept whether the store counts, whatever the file says
  /// @throws StartRefused when they contradict each other and the operator has not said to go on
  static AnchorKeeper open(
      Config config, Seal seal, Seal before, Database database, boolean accept) {
    Config.Anchor settings = config.anchor();
    refuseForeign(settings);
    PrivateFiles.removeLeftovers(settings.file());
    var anchor = new AnchorFile(settings.file(), seal);
    String place = place(config);
    Optional<Anchor> known = Optional.empty();
    Optional<String> problem = Optional.empty();
    StorePosition now = StorePosition.of(database);
    if (!accept) {
      try {
        known = find(anchor, new AnchorFile(settings.file(), before), place, now.store());
        problem = known.flatMap(it -> problem(settings.file(), it, now));
      } catch (SealException altered) {
        problem = Optional.of(String.valueOf(altered.getMessage()));
      }
    }
    if (problem.isPresent()) {
      tell(problem.get(), settings.policy());
    } else {
      requireFolder(settings);
    }
    Manner manner = accept ? Manner.ACCEPT : problem.isPresent() ? Manner.LEAVE : Manner.KEEP;
    return new AnchorKeeper(settings.file(), anchor, place, database, known, manner);
  }

  private static void tell(String problem, Config.Anchor.Policy policy) {
    switch (policy) {
      case REFUSE ->
          throw new StartRefused(
              problem
                  + " If this is the store that you want, run: keyhold store accept, on each"
                  + " node.");
      case WARN ->
          LOG.error(
              "{} Serving it all the same, since anchor.policy is warn; keyhold store accept makes"
                  + " this the store that is wanted",
              problem);
    }
  }

  /// @throws StartRefused when a store was here, and there is none: one that is made in its place
  ///   would be refused, and would stand in the way of a restore
  static void refuseMissing(Config whole, Seal seal) {
    Path file = whole.anchor().file();
    if (whole.anchor().policy() != Config.Anchor.Policy.REFUSE) {
      return;
    }
    Optional<Anchor> known;
    try {
      known = new AnchorFile(file, seal).find(place(whole), "");
    } catch (SealException _) {
      return; // open tells
    }
    if (known.isPresent()) {
      throw new StartRefused(
          "There is no database in %s, and %s tells of one that was there, at position %d: put it back, or restore a backup. If a new one is meant, move %2$s away."
              .formatted(whole.data(), file, known.get().position()));
    }
  }

  private static Optional<Anchor> find(
      AnchorFile anchor, AnchorFile before, String place, String store) {
    try {
      return anchor.find(place, store);
    } catch (SealException _) {
      return before.find(place, store);
    }
  }

  /// The file is replaced by one of this user's, which its owner could not read.
  ///
  /// @throws StartRefused when it is another user's
  static void refuseForeign(Config.Anchor config) {
    if (Files.isWritable(folder(config))) { // otherwise nothing replaces it
      Exposure.refuseForeign(config.file(), "anchor file");
    }
  }

  private static void requireFolder(Config.Anchor config) {
    Path folder = folder(config);
    if (config.chosen() && !Files.isWritable(folder)) {
      throw new StartRefused("anchor.file: nothing can be written in the folder " + folder + ".");
    }
  }

  private static Path folder(Config.Anchor config) {
    return Optional.ofNullable(config.file().toAbsolutePath().getParent()).orElseThrow();
  }

  /// What the file and the store do not agree about, as sentences for the operator.
  static Optional<String> problem(Path file, Anchor known, StorePosition now) {
    if (!known.store().equals(now.store())) {
      return Optional.of(isAnother(file));
    }
    if (now.position() < known.position()) {
      return Optional.of(
          "The store is an old copy of itself: it was at position %d, says %s, and is at %d. What was disabled, deleted or taken back since is as before."
              .formatted(known.position(), file, now.position()));
    }
    return Optional.empty();
  }

  private static String isAnother(Path file) {
    return "The store is not the one that %s tells of: another, a restored or an old one is in its place."
        .formatted(file);
  }

  /// Keeps the file from now on.
  void start() {
    // The future would only tell of an exception, and look lets none out.
    var _ =
        thread.scheduleWithFixedDelay(this::look, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void look() {
    if (manner == Manner.LEAVE) {
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
      leave(problem.get());
      return;
    }
    var next = new Anchor(now.store(), now.position());
    if (kept && known.filter(next::equals).isPresent()) {
      return;
    }
    try {
      if (manner == Manner.ACCEPT) {
        anchor.accept(place, next);
        manner = Manner.KEEP;
      } else if (!anchor.keep(place, next)) {
        leave(isAnother(file));
        return;
      }
      known = Optional.of(next);
      kept = true;
      writable = true;
    } catch (IOException | SealException e) {
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

  private void leave(String problem) {
    manner = Manner.LEAVE;
    LOG.error("{} The next start will be refused", problem);
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
