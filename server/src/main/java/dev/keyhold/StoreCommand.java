package dev.keyhold;

import dev.keyhold.cli.Command;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.StoreException;
import dev.keyhold.store.StoredRows;
import java.io.PrintStream;
import java.util.List;
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
  public int run(CommandLine given) {
    if (!given.getArgList().equals(operands())) {
      throw new ConfigException("Run: keyhold store verify");
    }
    Config config = ConfigOptions.loadEmbedded(given, "it checks no database but SQLite.");
    Logging.use(config.log());
    if (!DataDirectory.hasDatabase(config.data())) {
      throw Instance.notInitialised(config);
    }
    try (Seal seal = RootKeys.open(config.rootKey());
        var rows = StoredRows.open(DataDirectory.databaseFile(config.data()))) {
      return new StoreCheck(rows, seal, out).run() ? Main.OK : Main.FAILED;
    } catch (StoreException damaged) {
      out.println("BAD database file: " + damaged.getMessage());
      return Main.FAILED;
    }
  }
}
