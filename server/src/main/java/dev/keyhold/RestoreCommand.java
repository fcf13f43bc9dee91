package dev.keyhold;

import dev.keyhold.backup.Backup;
import dev.keyhold.backup.BackupException;
import dev.keyhold.backup.BackupHeader;
import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.backup.Summary;
import dev.keyhold.cli.Command;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.PostgresRestore;
import dev.keyhold.store.RestoreTarget;
import dev.keyhold.store.RowSink;
import dev.keyhold.store.SqliteRestore;
import dev.keyhold.store.StoreException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Makes a store from a backup, or only checks one.
final class RestoreCommand implements Command {
  private static final String INPUT = "input";
  private static final String DRY_RUN = "dry-run";

  @Override
  public String name() {
    return "restore";
  }

  @Override
  public String summary() {
    return "Makes a store from a backup, in a folder or a PostgreSQL without one.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(Command.value(INPUT, "FILE", "The backup, or - for standard input."))
        .addOption(
            Command.value(BackupCommand.BACKUP_KEY, "FILE", "The key that the backup names."))
        .addOption(Command.flag(DRY_RUN, "Check all of the backup and write nothing."));
  }

  @Override
  public int run(CommandLine given) throws IOException {
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    if (!given.hasOption(INPUT)) {
      throw new ConfigException("--input is missing: a file, or -.");
    }
    try (InputStream in = open(given)) {
      BackupHeader header = BackupHeader.read(in);
      boolean dry = given.hasOption(DRY_RUN);
      try (Keys keys = keys(config, given, header, dry)) {
        if (dry) {
          RestoreTarget.requireKnown(header.schema()); // or it would be whole, and of no use here
          tell("whole", Backup.read(header, in, keys.backup(), NOWHERE));
        } else {
          restore(config, header, in, keys);
        }
        return Main.OK;
      }
    }
  }

  /// Opened once each: a passphrase may come out of a pipe, which has it a single time.
  ///
  /// @param backupKey of a backup that has one
  /// @param root the key of the store that is made; absent when it is not there yet
  private record Keys(Optional<Seal> backupKey, Optional<Seal> root) implements AutoCloseable {
    /// What opens the backup.
    Seal backup() {
      return backupKey.or(() -> root).orElseThrow();
    }

    @Override
    public void close() {
      backupKey.ifPresent(Seal::close);
      root.ifPresent(Seal::close);
    }
  }

  private static void restore(Config config, BackupHeader header, InputStream in, Keys keys)
      throws IOException {
    AnchorKeeper.refuseForeign(config.anchor());
    if (config.sharedStore().isPresent()) {
      Instance.refuseExposedPassword(config);
      restore(PostgresRestore.into(config.sharedStore().get(), header.schema()), header, in, keys);
    } else {
      try (DataDirectory directory = DataDirectory.open(config.data())) {
        restore(SqliteRestore.into(directory, header.schema()), header, in, keys);
      }
    }
    if (keys.root().isPresent()) {
      releaseAnchor(config, keys.root().get());
    } else {
      System.err.println(
          "Put the root key at " + config.rootKey().file() + " before you start the server.");
    }
  }

  /// It is another store in this place from here on, and meant to be: the first start says which.
  private static void releaseAnchor(Config config, Seal rootKey) {
    Path file = config.anchor().file();
    try {
      if (new AnchorFile(file, rootKey).release(AnchorKeeper.place(config))) {
        System.err.println(
            file
                + " told of the store that was here before; it now awaits this one. On other nodes"
                + " run: keyhold store accept");
      }
    } catch (IOException | SealException e) {
      System.err.println(
          "The store is restored, but the anchor can't be told: "
              + e.getMessage()
              + " Before you start the server, run: keyhold store accept");
    }
  }

  private static void restore(RestoreTarget into, BackupHeader header, InputStream in, Keys keys)
      throws IOException {
    Summary summary;
    try (RestoreTarget target = into) {
      summary = Backup.read(header, in, keys.backup(), target);
      // With a root key that does not fit, the server would refuse the restored store.
      target.finish(keks -> keys.root().ifPresent(root -> SealCheck.verify(root, keks)));
    } catch (StoreException e) { // it was begun, so this is no refusal
      throw new BackupException(String.valueOf(e.getMessage()), e);
    }
    tell("restored", summary);
  }

  private static Keys keys(Config config, CommandLine given, BackupHeader header, boolean dry) {
    Optional<Path> backupKey = BackupCommand.path(given, BackupCommand.BACKUP_KEY);
    boolean ownKey = header.sealedBy() == SealedBy.BACKUP_KEY;
    if (ownKey != backupKey.isPresent()) {
      throw new BackupException(
          ownKey
              ? "The backup is sealed with a backup key: give it with --backup-key."
              : "The backup is sealed with the root key: leave --backup-key out.");
    }
    boolean hasRoot = RootKeys.exists(config.rootKey());
    if (!ownKey && !hasRoot) {
      throw new BackupException(
          "The backup is sealed with the root key, and there is none at %s: put it there, or say where it is with --set seal.file=FILE."
              .formatted(config.rootKey().file()));
    }
    Optional<Seal> own = backupKey.map(FileSeal::open);
    boolean needsRoot = !ownKey || !dry;
    return new Keys(
        own,
        hasRoot && needsRoot ? Optional.of(RootKeys.open(config.rootKey())) : Optional.empty());
  }

  private static InputStream open(CommandLine given) throws IOException {
    if (given.getOptionValue(INPUT).equals(BackupCommand.STANDARD)) {
      Counter counter = Counter.of("restore"); // nobody knows how long a stream is
      return new BufferedInputStream(new CountedInput(System.in, counter, counter::end));
    }
    Path file = BackupCommand.path(given, INPUT).orElseThrow();
    if (!Files.isReadable(file) || Files.isDirectory(file)) {
      throw new BackupException(
          Files.isDirectory(file)
              ? "The backup " + file + " is a folder: give the file with --input."
              : "There is no backup " + file + " that can be read.");
    }
    Progress progress = Progress.of("restore", Files.size(file), Progress.BYTES);
    return new BufferedInputStream(
        new CountedInput(Files.newInputStream(file), progress, progress::end));
  }

  /// Prints what a backup has.
  static void tell(String what, Summary summary) {
    var text = new StringBuilder();
    summary
        .rows()
        .forEach((table, rows) ->
            text.append("  ").append(table).append(": ").append(rows).append('\n'));
    System.err.print(
        what + ", rows:\n" + text + "SHA-256 of the content: " + summary.sha256() + "\n");
  }

  private static final RowSink NOWHERE =
      new RowSink() {
        @Override
        public void table(String name, List<String> columns) {}

        @Override
        public void row(List<Optional<Object>> values) {}
      };
}
