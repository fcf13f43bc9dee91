package dev.keyhold;

import dev.keyhold.cli.Command;
import java.io.PrintStream;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// `keyhold root-key replace`: gives the store another root key, while no server of it runs.
final class RootKeyCommand implements Command {
  private static final String REPLACE = "replace";

  private final PrintStream out;
  private final Consumer<RootKeyReplacement.Step> steps;

  RootKeyCommand(PrintStream out) {
    this(out, _ -> {});
  }

  RootKeyCommand(PrintStream out, Consumer<RootKeyReplacement.Step> steps) {
    this.out = out;
    this.steps = steps;
  }

  @Override
  public String name() {
    return "root-key";
  }

  @Override
  public String summary() {
    return "replace: gives the store another root key; all its servers must be stopped.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all();
  }

  @Override
  public List<String> operands() {
    return List.of(REPLACE);
  }

  @Override
  public int run(CommandLine given) {
    String what = given.getArgList().getFirst();
    if (!what.equals(REPLACE)) {
      throw new ConfigException("root-key wants replace, not " + Printable.brief(what) + ".");
    }
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    RootKeyReplacement.Done done = new RootKeyReplacement(config, steps).run();
    out.print(
        """
        %s has the new root key%s: back it up, apart from the data, and make a backup of the store.
        %s is the one before: backups made until now open with it alone. Delete it with the last
        of them.
        """
            .formatted(
                done.file(),
                done.resumed() ? ", of a replacement that was broken off" : "",
                done.old()));
    if (config.sharedStore().isPresent()) {
      out.printf(
          "Each other node needs a copy of %s beside its own, with .new behind the name: its next"
              + " start takes it.%n",
          done.file());
    }
    out.print(
        """
        Whoever had the one before together with the database, or with a backup, has the keys in it, which
        are the same still: docs/deploy.md, "Another root key", says what helps against that.
        """);
    return Main.OK;
  }
}
