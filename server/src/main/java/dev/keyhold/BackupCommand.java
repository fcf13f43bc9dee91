package dev.keyhold;

import dev.keyhold.backup.Backup;
import dev.keyhold.backup.BackupException;
import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.backup.ResumableFile;
import dev.keyhold.backup.SkippingOutput;
import dev.keyhold.backup.Summary;
import dev.keyhold.cli.Command;
import dev.keyhold.error.Outside;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.SnapshotFile;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Writes an encrypted backup of the store, also while a server is working on it.
final class BackupCommand implements Command {
  static final String BACKUP_KEY = "backup-key";
  static final String STANDARD = "-";

  private static final String OUTPUT = "output";
  private static final String RESUME = "resume";
  private static final String FROM_BYTE = "from-byte";
  private static final String MAKE_KEY = "make-key";

  @Override
  public String name() {
    return "backup";
  }

  @Override
  public String summary() {
    return "Writes an encrypted backup of the store, also while a server runs.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(Command.value(OUTPUT, "FILE", "A new file, or - for standard output."))
        .addOption(
            Command.value(BACKUP_KEY, "FILE", "Seal it with this key instead of the root key."))
        .addOption(Command.value(MAKE_KEY, "FILE", "Make such a key, and nothing else."))
        .addOption(Command.flag(RESUME, "Go on with the backup that was broken off."))
        .addOption(
            Command.value(
                FROM_BYTE, "N", "With --resume and --output -: leave out the first N bytes."));
  }

  @Override
  public int run(CommandLine given) {
    Optional<Path> newKey = path(given, MAKE_KEY);
    if (newKey.isPresent()) {
      FileSeal.create(newKey.get()).close();
      System.err.println("The key is in " + newKey.get() + ". Keep it apart from the backups.");
      return Main.OK;
    }
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    String output =
        Optional.ofNullable(given.getOptionValue(OUTPUT))
            .orElseThrow(() -> new ConfigException("--output is missing: a file, or -."));
    boolean resume = given.hasOption(RESUME);
    long fromByte = fromByte(given, output, resume);
    Function<Path, SnapshotFile> store = snapshots(config);
    Optional<Path> file = output.equals(STANDARD) ? Optional.empty() : path(given, OUTPUT);
    file.ifPresent(ResumableFile::refuse); // before a long snapshot
    Exposure.refuseForeign(config.data(), "data folder"); // where the next one has to find its own
    try (Seal seal = seal(config, path(given, BACKUP_KEY));
        Backup backup = Backup.in(config.data().resolve("backup"))) {
      prepare(backup, store, given, seal, resume);
      var progress = Progress.of("backup", backup.rows(), Progress.ROWS);
      Summary summary =
          file.isPresent()
              ? toFile(backup, seal, progress, file.get(), resume)
              : toStandardOutput(backup, seal, progress, fromByte);
      backup.discard();
      RestoreCommand.tell("backed up", summary);
      return Main.OK;
    } catch (IOException e) {
      throw new BackupException(
          "The backup can't be written: "
              + Outside.words(e)
              + ". Once it can, go on with --resume.",
          e);
    }
  }

  private static void prepare(
      Backup backup,
      Function<Path, SnapshotFile> store,
      CommandLine given,
      Seal seal,
      boolean resume) {
    if (resume) {
      if (!backup.isUnfinished()) {
        throw new BackupException("There is no unfinished backup to resume: leave --resume out.");
      }
      System.err.println("Going on with the backup of " + backup.header().created() + ".");
      return;
    }
    boolean ownKey = given.hasOption(BACKUP_KEY);
    backup.take(
        store,
        Clock.systemUTC().instant().truncatedTo(ChronoUnit.SECONDS),
        ownKey ? SealedBy.BACKUP_KEY : SealedBy.ROOT_KEY,
        seal,
        snapshot -> {
          if (!ownKey) {
            snapshot.keks(keks -> SealCheck.verify(seal, keks));
          }
        });
  }

  /// How the store is copied into a file.
  ///
  /// @throws StartRefused when there is none
  static Function<Path, SnapshotFile> snapshots(Config config) {
    if (config.sharedStore().isPresent()) {
      Instance.refuseExposedPassword(config);
      PostgresSettings settings = config.sharedStore().get();
      return file ->
          SnapshotFile.ofPostgres(
              settings, file, total -> Progress.of("snapshot", total, Progress.ROWS));
    }
    if (!DataDirectory.hasDatabase(config.data())) {
      throw Instance.notInitialised(config);
    }
    return file ->
        SnapshotFile.ofSqlite(
            DataDirectory.databaseFile(config.data()),
            file,
            total -> Progress.of("snapshot", total, Progress.BYTES));
  }

  private static Summary toFile(
      Backup backup, Seal seal, Progress progress, Path file, boolean resume) throws IOException {
    try (var out = ResumableFile.open(file, resume)) {
      Summary summary = backup.write(out, seal, progress);
      out.finish();
      return summary;
    }
  }

  private static Summary toStandardOutput(
      Backup backup, Seal seal, Progress progress, long fromByte) throws IOException {
    // Not System.out, which tells of no failure.
    try (var out =
        new SkippingOutput(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), fromByte)) {
      Summary summary = backup.write(out, seal, progress);
      out.finish();
      return summary;
    }
  }

  /// The key that seals or opens backups.
  static Seal seal(Config config, Optional<Path> backupKey) {
    return backupKey.map(FileSeal::open).orElseGet(() -> RootKeys.open(config.rootKey()));
  }

  private static long fromByte(CommandLine given, String output, boolean resume) {
    if (!given.hasOption(FROM_BYTE)) {
      return 0;
    }
    String text = given.getOptionValue(FROM_BYTE);
    if (!resume || !output.equals(STANDARD) || !text.matches("[0-9]{1,18}")) {
      throw new ConfigException("--from-byte wants a number, with --resume and --output -.");
    }
    return Long.parseLong(text);
  }

  static Optional<Path> path(CommandLine given, String option) {
    try {
      return Optional.ofNullable(given.getOptionValue(option)).map(Path::of);
    } catch (InvalidPathException _) {
      throw new ConfigException("--" + option + " wants the path of a file.");
    }
  }
}
