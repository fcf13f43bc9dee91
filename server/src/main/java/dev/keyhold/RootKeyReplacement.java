package dev.keyhold;

import dev.keyhold.error.KmsException;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.Locked;
import dev.keyhold.seal.Rewrapping;
import dev.keyhold.seal.RootKeyFile;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.Database;
import dev.keyhold.store.PostgresDatabase;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.SqlKekRepository;
import dev.keyhold.store.StorePosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives a store another root key (docs/decisions/0011-another-root-key.md). The next key is on the
/// disk, beside the present one, before the one transaction that wraps all key-encryption keys
/// under it; only after that it takes the present one's name. Until it has that name, whoever opens
/// the store next finds both files and goes on from there.
final class RootKeyReplacement {
  private static final Logger LOG = LoggerFactory.getLogger(RootKeyReplacement.class);
  private static final Set<String> IN_MEMORY = Set.of("tmpfs", "ramfs");

  /// Connections take a moment to be gone.
  private static final Duration UNTIL_ALONE = Duration.ofSeconds(3);

  private static final long LOOK_MILLIS = 100;

  /// What is done by then, in this order, for tests that end it there.
  enum Step {
    CHECKED,
    NEXT_WRITTEN,
    WRAPPED,
    COMMITTED,
    ANCHOR_SEALED,
    OLD_KEPT,
    PROMOTED
  }

  /// @param file where the root key is now
  /// @param old where the one before is
  /// @param resumed whether nothing was left to do but to finish an earlier replacement
  record Done(Path file, Path old, boolean resumed) {}

  private final Config config;
  private final Consumer<Step> steps;

  RootKeyReplacement(Config config, Consumer<Step> steps) {
    this.config = config;
    this.steps = steps;
  }

  /// @throws StartRefused when a node of the store runs, or what has to be written can't be
  /// @throws SealException when a key does not open: nothing has changed then
  /// @throws CommandFailed when it may be half done; it is finished by another run, or a start
  Done run() {
    Instance.refuseExposedPassword(config);
    if ((config.sharedStore().isEmpty() && !DataDirectory.hasDatabase(config.data()))
        || !RootKeys.exists(config.rootKey())) {
      throw Instance.notInitialised(config);
    }
    try (DataDirectory directory = DataDirectory.open(config.data())) {
      requireWritable();
      long others = config.sharedStore().map(RootKeyReplacement::others).orElse(0L);
      return RootKeys.with(config.rootKey(), opener -> held(directory, opener, others));
    }
  }

  private Done held(DataDirectory directory, RootKeys.Opener opener, long others) {
    try (Locked held = RootKeyFile.at(config.rootKey().file()).lock()) {
      return run(directory, opener, held, others);
    } catch (IOException e) {
      throw new StartRefused("The root key can't be held while it is replaced: " + e + ".");
    }
  }

  private Done run(DataDirectory directory, RootKeys.Opener opener, Locked held, long others) {
    try (RootKeyChoice keys = RootKeyChoice.of(config.rootKey(), opener, Optional.of(held));
        Database database = Instance.database(config, directory, keys::choose)) {
      if (keys.isNext()) {
        return finished(keys, keys.chosen(), database, true); // which is in nobody's way
      }
      if (others > 0) {
        throw new StartRefused(
            "Another Keyhold is using the database (%d connections): stop all nodes first, on every machine."
                .formatted(others));
      }
      var _ =
          AnchorKeeper.open(
              config, keys.present(), keys.present(), database, false); // refuses an old copy
      var keks = new SqlKekRepository(database);
      Rewrapping.requireSound(keks.all(), keys.present());
      steps.accept(Step.CHECKED);
      // One that an earlier attempt has made is used again: whether the store took it is not known
      // for certain while its transaction may still be under way.
      Optional<Seal> made = keys.next();
      if (made.isPresent()) {
        LOG.warn(
            "{} was here already, of an earlier attempt or of another node: it becomes the root"
                + " key. If it may have leaked since, replace it once more",
            keys.file().next());
        return replaced(keys, made.get(), keks, database);
      }
      opener.create(keys.file().next()).close();
      steps.accept(Step.NEXT_WRITTEN);
      try (Seal next = opener.open(keys.file().next())) { // what counts is what is in the file
        return replaced(keys, next, keks, database);
      }
    }
  }

  private Done replaced(RootKeyChoice keys, Seal next, SqlKekRepository keks, Database database) {
    try {
      keys.file().syncNext();
    } catch (IOException e) {
      throw new StartRefused(keys.file().next() + " can't be forced to the disk: " + e + ".");
    }
    var rewrapping = new Rewrapping(keys.present(), next);
    try {
      keks.rewrap(all -> {
        var wrapped = rewrapping.of(all);
        steps.accept(Step.WRAPPED);
        return wrapped;
      });
    } catch (KmsException.Unavailable e) {
      throw new CommandFailed(
          "Whether the store has the new root key is not known (%s). Keep %s and %s, and run this again."
              .formatted(cause(e), keys.file().file(), keys.file().next()));
    }
    steps.accept(Step.COMMITTED);
    return finished(keys, next, database, false);
  }

  private Done finished(RootKeyChoice keys, Seal next, Database database, boolean resumed) {
    try {
      Path old = finish(config, keys, next, database, steps);
      return new Done(keys.file().file(), old, resumed);
    } catch (IOException | SealException e) {
      throw new CommandFailed(
          "The store has the new root key, which is in %s, and %s can't take its place yet (%s). Keep both, and run this again."
              .formatted(keys.file().next(), keys.file().file(), e));
    }
  }

  /// What is left to do when the store has the next root key. May be broken off and repeated.
  ///
  /// @return where the one before is
  private static Path finish(
      Config config, RootKeyChoice keys, Seal next, Database database, Consumer<Step> steps)
      throws IOException {
    new AnchorFile(config.anchor().file(), keys.present())
        .reseal(AnchorKeeper.place(config), StorePosition.of(database).store(), next);
    steps.accept(Step.ANCHOR_SEALED);
    Path kept = keys.promote(() -> steps.accept(Step.OLD_KEPT));
    steps.accept(Step.PROMOTED);
    return kept;
  }

  /// What a start does about a replacement that was broken off, or a root key that was brought from
  /// another node.
  static void settle(Config config, RootKeyChoice keys, Database database) {
    RootKeyFile file = keys.file();
    if (!keys.isNext()) {
      if (file.hasNext()) {
        LOG.warn(
            "{} is of a replacement of the root key that was broken off before the store took it:"
                + " stop all nodes and run keyhold root-key replace to go on with it. Keep the"
                + " file",
            file.next());
      }
      return;
    }
    try {
      Path kept = finish(config, keys, keys.chosen(), database, _ -> {});
      LOG.warn(
          "the root key of the store was replaced: {} has it now, and {} the one before, for older"
              + " backups",
          file.file(),
          kept);
    } catch (IOException | SealException e) {
      LOG.error(
          "the store has the root key in {}, and it can't take the place of {}: {}. Keep both until"
              + " it can",
          file.next(),
          file.file(),
          e.toString());
    }
  }

  private void requireWritable() {
    RootKeyFile file = RootKeyFile.at(config.rootKey().file());
    Exposure.refuseForeign(file.file(), "root key file");
    AnchorKeeper.refuseForeign(config.anchor());
    Path folder = folderOf(file.file());
    Path anchor = config.anchor().file();
    for (Path each : Files.exists(anchor) ? List.of(folder, folderOf(anchor)) : List.of(folder)) {
      if (!Files.isWritable(each)) {
        throw new StartRefused(
            "The folder %s must be writable for this user while the root key is replaced."
                .formatted(each));
      }
    }
    if (isInMemory(folder) && !isInMemory(config.data())) {
      throw new StartRefused(
          "The root key is in %s, which is in memory: the new one would be lost with it. Do this where the file is on a disk."
              .formatted(folder));
    }
  }

  private static Path folderOf(Path file) {
    return Optional.ofNullable(file.toAbsolutePath().getParent()).orElseThrow();
  }

  private static boolean isInMemory(Path folder) {
    try {
      return IN_MEMORY.contains(Files.getFileStore(folder).type());
    } catch (IOException e) {
      throw new StartRefused("The folder " + folder + " can't be examined: " + e + ".");
    }
  }

  /// How many connections another Keyhold has that does not go away.
  private static long others(PostgresSettings settings) {
    long deadline = System.nanoTime() + UNTIL_ALONE.toNanos();
    try {
      long others = PostgresDatabase.othersOn(settings);
      while (others > 0 && System.nanoTime() - deadline < 0) {
        Thread.sleep(LOOK_MILLIS);
        others = PostgresDatabase.othersOn(settings);
      }
      return others;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartRefused("interrupted");
    }
  }

  private static String cause(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
