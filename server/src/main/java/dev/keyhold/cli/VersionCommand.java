package dev.keyhold.cli;

import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;

@Command(name = "version", description = "Prints the version.", mixinStandardHelpOptions = true)
public final class VersionCommand implements Runnable, IVersionProvider {
  @Override
  public String[] getVersion() {
    String built =
        Optional.ofNullable(VersionCommand.class.getPackage().getImplementationVersion())
            .orElse("development");
    return new String[] {"keyhold " + built + ", Java " + Runtime.version()};
  }

  @Override
  public void run() {
    System.out.println(getVersion()[0]);
  }
}
