package dev.keyhold;

import dev.keyhold.backup.Backup;
import dev.keyhold.cli.Command;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.StoreException;
import dev.keyhold.store.StoredRows;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// `keyhold store verify`.
final class StoreCommand implements Command {
  private static final String VERIFY = "verify";

  private final PrintStream out;

  StoreCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String name() {
    return "store";
  }

  @Override
  public String summary() {
    return "store verify: checks every row of the store, also while a server runs.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all();
  }

  @Override
  public List<String> operands() {
    return List.of(VERIFY);
  }

  @Override
  public int run(CommandLine given) throws IOException {
    if (!given.getArgList().equals(operands())) {
      throw new ConfigException("Run: keyhold store verify");
    }
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    try (Seal seal = RootKeys.open(config.rootKey())) {
      return verify(config, seal);
    } catch (StoreException damaged) {
      out.println("BAD database file: " + damaged.getMessage());
      return Main.FAILED;
    }
  }

  private int verify(Config config, Seal seal) throws IOException {
    if (config.sharedStore().isEmpty()) {
      if (!DataDirectory.hasDatabase(config.data())) {
        throw Instance.notInitialised(config);
      }
      return verify(seal, DataDirectory.databaseFile(config.data()));
    }
    // A copy of one moment, so that what is checked does not change meanwhile.
    try (Backup copy = Backup.in(config.data().resolve("verify"))) {
      try {
        return verify(seal, copy.take(BackupCommand.snapshots(config)));
      } finally {
        copy.discard();
      }
    }
  }

  private int verify(Seal seal, Path database) {
    try (var rows = StoredRows.open(database)) {
      return new StoreCheck(rows, seal, out).run() ? Main.OK : Main.FAILED;
    }
  }
}
