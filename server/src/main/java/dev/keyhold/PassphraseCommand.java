package dev.keyhold;

import dev.keyhold.cli.Command;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Has the root key open with another passphrase. The key stays the same one, so nothing in the
/// store changes, and a server that runs does not notice.
final class PassphraseCommand implements Command {
  private static final String CHANGE = "change";
  private static final String NEW = "new-passphrase-file";

  private final PrintStream out;

  PassphraseCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String name() {
    return "passphrase";
  }

  @Override
  public String summary() {
    return "change: has the root key file open with another passphrase.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(
            Command.value(NEW, "FILE", "A file, or a pipe, whose first line is the new one."));
  }

  @Override
  public List<String> operands() {
    return List.of(CHANGE);
  }

  @Override
  public int run(CommandLine given) {
    String what = given.getArgList().getFirst();
    if (!what.equals(CHANGE)) {
      throw new ConfigException("passphrase wants change, not " + Printable.brief(what) + ".");
    }
    Path next =
        BackupCommand.path(given, NEW)
            .orElseThrow(() -> new ConfigException("--" + NEW + " is missing."));
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    if (!(config.rootKey() instanceof Config.RootKey.FromPassphrase rootKey)) {
      throw new ConfigException("passphrase change is for seal.type: passphrase.");
    }
    RootKeys.changePassphrase(rootKey, next);
    out.printf(
        """
        %s opens with the new passphrase alone. Before the next start put it into %s,
        and replace your copies of %1$s: the old passphrase still opens those.
        """,
        rootKey.file(), rootKey.passphraseFile());
    return Main.OK;
  }
}
