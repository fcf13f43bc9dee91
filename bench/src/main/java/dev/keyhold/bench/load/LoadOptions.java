package dev.keyhold.bench.load;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.Options;
import org.apache.commons.cli.ParseException;

/// What `bench/run` was asked for.
///
/// @param connections one table for each
/// @param slice how long one request is repeated before another has its turn
/// @param rounds how often each has its turn
/// @param warmUp for each request, before anything is measured
/// @param only names of [Workloads]
/// @param comparePrimitives whether to measure the cryptography alone afterwards
/// @param set properties of the server
/// @param against properties of a second server, with which the first is compared
record LoadOptions(
    List<Integer> connections,
    Duration slice,
    int rounds,
    Duration warmUp,
    List<String> only,
    Optional<Path> jar,
    boolean jvmGenerator,
    boolean comparePrimitives,
    List<String> set,
    List<String> against) {
  private static final int MOST_CONNECTIONS = 4096;
  private static final int MOST_SECONDS = 600;

  /// An answer that waits for a disk would be measured against a ceiling that waits for nothing.
  private static final List<String> BARE = List.of("audit.enabled=false");

  static final Options OPTIONS =
      new Options()
          .addOption(value("connections", "N,…", "One table for each. Default: 1,16,64,256."))
          .addOption(value("seconds", "S", "Length of a slice. Default: 1."))
          .addOption(value("rounds", "N", "How often each request has its slice. Default: 8."))
          .addOption(
              value("warm-up", "S", "For each request, before the first table. Default: 20."))
          .addOption(value("only", "NAME,…", "Of " + String.join(", ", Workloads.NAMES) + "."))
          .addOption(value("set", "NAME=VALUE,…", "Properties of the server."))
          .addOption(
              value(
                  "against",
                  "NAME=VALUE,…",
                  "Compare with a second server that has these properties."))
          .addOption(value("jar", "FILE", "Start this jar instead of ./keyhold."))
          .addOption(Option.builder().longOpt("jvm").desc("Don't use wrk.").get())
          .addOption(
              Option.builder()
                  .longOpt("compare-primitives")
                  .desc("Then measure the cryptography alone (JMH) and print the ratios.")
                  .get())
          .addOption(Option.builder().longOpt("help").desc("Show this.").get());

  private static Option value(String name, String what, String description) {
    return Option.builder().longOpt(name).hasArg().argName(what).desc(description).get();
  }

  /// @throws ParseException with a message for the user
  static LoadOptions of(CommandLine given) throws ParseException {
    List<String> only = list(given.getOptionValue("only", String.join(",", Workloads.NAMES)));
    for (String name : only) {
      if (!Workloads.NAMES.contains(name)) {
        throw new ParseException("--only knows " + String.join(", ", Workloads.NAMES));
      }
    }
    List<Integer> connections = new ArrayList<>();
    for (String count : list(given.getOptionValue("connections", "1,16,64,256"))) {
      connections.add(number("connections", count, 1, MOST_CONNECTIONS));
    }
    return new LoadOptions(
        List.copyOf(connections),
        Duration.ofSeconds(number(given, "seconds", "1", 1, MOST_SECONDS)),
        number(given, "rounds", "8", 1, 1000),
        Duration.ofSeconds(number(given, "warm-up", "20", 1, MOST_SECONDS)),
        only,
        Optional.ofNullable(given.getOptionValue("jar")).map(Path::of),
        given.hasOption("jvm"),
        given.hasOption("compare-primitives"),
        given.hasOption("set") || given.hasOption("against") ? properties(given, "set") : BARE,
        properties(given, "against"));
  }

  static CommandLine parse(String[] arguments) throws ParseException {
    CommandLine given = new DefaultParser(false).parse(OPTIONS, arguments);
    if (!given.getArgList().isEmpty()) {
      throw new ParseException("unknown argument " + given.getArgList().getFirst());
    }
    return given;
  }

  /// How long all slices take together.
  Duration total() {
    int slicesPerRound = 2 * only.size() + 1;
    return warmUp
        .multipliedBy(only.size() + 1L)
        .plus(slice.multipliedBy((long) slicesPerRound * rounds * connections.size()));
  }

  private static List<String> properties(CommandLine given, String name) {
    return given.hasOption(name) ? list(given.getOptionValue(name)) : List.of();
  }

  private static List<String> list(String text) {
    return Arrays.asList(text.split(",", -1));
  }

  private static int number(CommandLine given, String name, String otherwise, int least, int most)
      throws ParseException {
    return number(name, given.getOptionValue(name, otherwise), least, most);
  }

  private static int number(String name, String text, int least, int most) throws ParseException {
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException _) {
      // Told below.
    }
    throw new ParseException(
        "--%s takes numbers from %d to %d, not %s".formatted(name, least, most, text));
  }
}
