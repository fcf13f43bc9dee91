package dev.keyhold.bench.scale;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.help.HelpFormatter;

/// What `bench/scale` was asked for.
///
/// @param stores `sqlite`, `postgres`
/// @param nodes compare up to this many nodes on one PostgreSQL, and nothing else; or 0
/// @param only rows whose name contains this; all when empty
/// @param set properties of the server
record ScaleOptions(
    List<String> stores,
    List<Integer> connections,
    Duration slice,
    int rounds,
    int launches,
    Duration warmUp,
    int projects,
    int keys,
    int largest,
    int nodes,
    String only,
    List<String> set) {
  private static final Options OPTIONS =
      new Options()
          .addOption(value("stores", "NAME,…", "Of sqlite, postgres. Default: both."))
          .addOption(value("connections", "N,…", "One part of the table for each. Default: 16,1."))
          .addOption(value("seconds", "S", "Length of a slice. Default: 2."))
          .addOption(value("rounds", "N", "Slices of each kind. Default: 5."))
          .addOption(value("launches", "N", "Of each store. Default: 7."))
          .addOption(value("warm-up", "S", "Of each server. Default: 15."))
          .addOption(value("projects", "N", "Default: 1000."))
          .addOption(value("keys", "N", "Of each project. Default: 1000."))
          .addOption(value("largest", "N", "Keys of the first project. Default: 100000."))
          .addOption(value("only", "TEXT", "Rows of the table whose name contains it, no more."))
          .addOption(value("nodes", "N", "Compare 1 to N nodes on one PostgreSQL instead."))
          .addOption(
              value(
                  "set", "NAME=VALUE,…", "Properties. Default: audit.enabled=false, as bench/run."))
          .addOption(Option.builder().longOpt("help").desc("Show this.").get());

  private static Option value(String name, String what, String description) {
    return Option.builder().longOpt(name).hasArg().argName(what).desc(description).get();
  }

  /// @throws ParseException with a message for the user
  static ScaleOptions parse(String[] arguments) throws ParseException {
    CommandLine given = new DefaultParser(false).parse(OPTIONS, arguments);
    if (given.hasOption("help")) {
      try {
        HelpFormatter.builder()
            .setShowSince(false)
            .get()
            .printHelp("bench/scale [options]", "", OPTIONS, "", false);
      } catch (java.io.IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
      System.exit(0);
    }
    if (!given.getArgList().isEmpty()) {
      throw new ParseException("unknown argument " + given.getArgList().getFirst());
    }
    int nodes = number(given, "nodes", 0);
    return new ScaleOptions(
        nodes > 0
            ? List.of("postgres")
            : List.of(given.getOptionValue("stores", "sqlite,postgres").split(",", -1)),
        Arrays.stream(given.getOptionValue("connections", "16,1").split(",", -1))
            .map(Integer::valueOf)
            .toList(),
        Duration.ofSeconds(number(given, "seconds", 2)),
        number(given, "rounds", 5),
        number(given, "launches", 7),
        Duration.ofSeconds(number(given, "warm-up", 15)),
        number(given, "projects", 1000),
        number(given, "keys", 1000),
        number(given, "largest", 100_000),
        nodes,
        given.getOptionValue("only", ""),
        List.of(given.getOptionValue("set", "audit.enabled=false").split(",", -1)));
  }

  private static int number(CommandLine given, String name, int otherwise) throws ParseException {
    String text = given.getOptionValue(name, Integer.toString(otherwise));
    if (!text.matches("\\d{1,8}")) {
      throw new ParseException("--" + name + " takes a number, not " + text);
    }
    return Integer.parseInt(text);
  }
}
