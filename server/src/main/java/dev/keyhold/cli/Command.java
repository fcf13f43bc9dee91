package dev.keyhold.cli;

import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;

/// One command of `keyhold`.
public interface Command {
  String name();

  /// What it does, in a sentence.
  String summary();

  Options options();

  /// The names of what follows the options; each must be given.
  default List<String> operands() {
    return List.of();
  }

  /// Whether `keyhold --help` lists it.
  default boolean isForUsers() {
    return true;
  }

  /// @return the exit code
  int run(CommandLine given) throws Exception;

  /// An option with a value: `--name WHAT`.
  static Option value(String name, String what, String description) {
    return Option.builder().longOpt(name).hasArg().argName(what).desc(description).get();
  }

  static Option flag(String name, String description) {
    return Option.builder().longOpt(name).desc(description).get();
  }
}
