package dev.keyhold;

import dev.keyhold.backup.Backup;
import dev.keyhold.cli.Command;
import dev.keyhold.seal.AnchorFile;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.Seal;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.StoreException;
import dev.keyhold.store.StorePosition;
import dev.keyhold.store.StoredRows;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Checks the store (`keyhold store verify`), or says that it is the one that is wanted (`keyhold
/// store accept`).
final class StoreCommand implements Command {
  private static final String VERIFY = "verify";
  private static final String ACCEPT = "accept";

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
    return "verify: checks every row of the store, also while a server runs; accept: says that it"
        + " is the right one.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all();
  }

  @Override
  public List<String> operands() {
    return List.of(VERIFY + "|" + ACCEPT);
  }

  @Override
  public int run(CommandLine given) throws IOException {
    String what = given.getArgList().getFirst();
    if (!List.of(VERIFY, ACCEPT).contains(what)) {
      throw new ConfigException("store wants verify or accept, not " + Printable.brief(what) + ".");
    }
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    if (what.equals(ACCEPT)) {
      return accept(config);
    }
    if (config.sharedStore().isEmpty() && !DataDirectory.hasDatabase(config.data())) {
      throw Instance.notInitialised(config);
    }
    Instance.refuseExposedPassword(config);
    try (Seal seal = RootKeys.open(config.rootKey())) {
      return verify(config, seal);
    } catch (StoreException damaged) {
      if (config
          .sharedStore()
          .isPresent()) { // it is away, or refuses us, and nothing was looked at
        throw new CommandFailed(String.valueOf(damaged.getMessage()));
      }
      out.println("BAD database file: " + damaged.getMessage());
      return Main.FAILED;
    }
  }

  private int accept(Config config) {
    Instance instance = Instance.accept(config);
    instance.close(); // writes the file
    out.println(
        instance
            .anchor()
            .known()
            .map(it -> "The store is accepted as it is, at position " + it.position() + ".")
            .orElseThrow(() ->
                new StartRefused(config.anchor().file() + " can't be written: see the log.")));
    return Main.OK;
  }

  private int verify(Config config, Seal seal) throws IOException {
    boolean current = isCurrent(config, seal);
    return isAsWritten(config, seal) && current ? Main.OK : Main.FAILED;
  }

  /// Compares the store with what this node knows of it.
  private boolean isCurrent(Config config, Seal seal) {
    Path database = DataDirectory.databaseFile(config.data());
    Optional<StorePosition> now =
        config.sharedStore().map(StorePosition::of).orElseGet(() -> StorePosition.of(database));
    Optional<AnchorFile.Anchor> known =
        new AnchorFile(config.anchor().file(), seal)
            .find(AnchorKeeper.place(config), now.map(StorePosition::store).orElse(""));
    out.printf(
        "position %s, at least %s by %s%n",
        now.map(it -> Long.toString(it.position())).orElse("unknown"),
        known.map(it -> Long.toString(it.position())).orElse("unknown"),
        config.anchor().file());
    Optional<String> problem =
        now.flatMap(it ->
            known.flatMap(anchor -> AnchorKeeper.problem(config.anchor().file(), anchor, it)));
    problem.ifPresent(it -> out.println("BAD store: " + it));
    return problem.isEmpty();
  }

  private boolean isAsWritten(Config config, Seal seal) throws IOException {
    if (config.sharedStore().isEmpty()) {
      return isAsWritten(config, seal, DataDirectory.databaseFile(config.data()));
    }
    Exposure.refuseForeign(config.data(), "data folder");
    // A copy of one moment, so that what is checked does not change meanwhile.
    try (Backup copy = Backup.in(config.data().resolve("verify"))) {
      try {
        return isAsWritten(config, seal, copy.take(BackupCommand.snapshots(config)));
      } finally {
        copy.discard();
      }
    }
  }

  private boolean isAsWritten(Config config, Seal seal, Path database) {
    try (var rows = StoredRows.open(database)) {
      var progress = Progress.of("verify", rows.count(), Progress.ROWS);
      return new StoreCheck(rows, seal, config.hsm().map(Hsm::new), out, progress).run();
    }
  }
}
