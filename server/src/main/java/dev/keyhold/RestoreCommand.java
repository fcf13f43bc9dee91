package dev.keyhold;

import dev.keyhold.backup.Backup;
import dev.keyhold.backup.BackupException;
import dev.keyhold.backup.BackupHeader;
import dev.keyhold.backup.BackupHeader.SealedBy;
import dev.keyhold.backup.Summary;
import dev.keyhold.cli.Command;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.PostgresRestore;
import dev.keyhold.store.RestoreTarget;
import dev.keyhold.store.RowSink;
import dev.keyhold.store.SqliteRestore;
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
      try (Seal seal = seal(config, given, header)) {
        if (given.hasOption(DRY_RUN)) {
          tell("whole", Backup.read(header, in, seal, NOWHERE));
        } else {
          restore(config, header, in, seal);
        }
        return Main.OK;
      }
    }
  }

  private static void restore(Config config, BackupHeader header, InputStream in, Seal seal)
      throws IOException {
    AnchorKeeper.refuseForeign(config.anchor());
    if (config.sharedStore().isPresent()) {
      Instance.refuseExposedPassword(config);
      restore(
          config,
          PostgresRestore.into(config.sharedStore().get(), header.schema()),
          header,
          in,
          seal);
    } else {
      try (DataDirectory directory = DataDirectory.open(config.data())) {
        restore(config, SqliteRestore.into(directory, header.schema()), header, in, seal);
      }
    }
    if (RootKeys.exists(config.rootKey())) {
      releaseAnchor(config);
    } else {
      System.err.println(
          "Put the root key at " + config.rootKey().file() + " before you start the server.");
    }
  }

  /// It is another store in this place from here on, and meant to be: the first start says which.
  private static void releaseAnchor(Config config) throws IOException {
    Path file = config.anchor().file();
    try (Seal rootKey = RootKeys.open(config.rootKey())) {
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

  private static void restore(
      Config config, RestoreTarget into, BackupHeader header, InputStream in, Seal seal)
      throws IOException {
    Summary summary;
    try (RestoreTarget target = into) {
      summary = Backup.read(header, in, seal, target);
      target.finish(keks -> checkRootKey(config, keks));
    }
    tell("restored", summary);
  }

  /// With a root key that does not fit, the server would refuse the restored store.
  private static void checkRootKey(Config config, KekRepository keks) {
    if (RootKeys.exists(config.rootKey())) {
      try (Seal rootKey = RootKeys.open(config.rootKey())) {
        SealCheck.verify(rootKey, keks);
      }
    }
  }

  private static Seal seal(Config config, CommandLine given, BackupHeader header) {
    Optional<Path> backupKey = BackupCommand.path(given, BackupCommand.BACKUP_KEY);
    boolean ownKey = header.sealedBy() == SealedBy.BACKUP_KEY;
    if (ownKey != backupKey.isPresent()) {
      throw new BackupException(
          ownKey
              ? "The backup is sealed with a backup key: give it with --backup-key."
              : "The backup is sealed with the root key: leave --backup-key out.");
    }
    if (!ownKey && !RootKeys.exists(config.rootKey())) {
      throw new BackupException(
          "The backup is sealed with the root key, and there is none at %s: put it there, or say where it is with --set seal.file=FILE."
              .formatted(config.rootKey().file()));
    }
    return BackupCommand.seal(config, backupKey);
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
