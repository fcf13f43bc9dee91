package dev.keyhold.cli;

import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

public final class VersionCommand implements Command {
  @Override
  public String name() {
    return "version";
  }

  @Override
  public String summary() {
    return "Prints the version.";
  }

  @Override
  public Options options() {
    return new Options();
  }

  @Override
  public int run(CommandLine given) {
    String built =
        Optional.ofNullable(VersionCommand.class.getPackage().getImplementationVersion())
            .orElse("development");
    System.out.println("keyhold " + built + ", Java " + Runtime.version());
    return 0;
  }
}
