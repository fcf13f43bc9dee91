package dev.keyhold;

import java.util.Arrays;
import org.apache.commons.cli.DefaultParser;

/// `keyhold root-key replace` as a process that is gone, as by kill -9, once a step is done.
final class KilledReplacement {
  static final int KILLED = 137;

  private KilledReplacement() {}

  /// @param arguments the step, then those of the command
  public static void main(String[] arguments) throws Exception {
    var last = RootKeyReplacement.Step.valueOf(arguments[0]);
    var command =
        new RootKeyCommand(
            System.out,
            step -> {
              if (step == last) {
                Runtime.getRuntime().halt(KILLED);
              }
            });
    System.exit(
        command.run(
            new DefaultParser()
                .parse(command.options(), Arrays.copyOfRange(arguments, 1, arguments.length))));
  }
}
