package dev.keyhold.bench.load;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/// What the cryptography in a request takes alone, by JMH, beside what the server spends on the
/// whole request.
final class Primitives {
  private static final String SIGNATURES = "SignatureBenchmark.(sign|verify)Primitive";
  private static final String DATA = "SmallDataBenchmark.sealPrimitive";
  private static final int ITERATIONS = 3;

  private Primitives() {}

  /// @return microseconds of the primitive, by the name of the workload that contains it
  static Map<String, Double> measure() throws LoadFailed {
    var micros = new HashMap<String, Double>();
    try {
      var signatures = options(SIGNATURES).build();
      for (RunResult result : new Runner(signatures).run()) {
        String method = result.getParams().getBenchmark();
        String call = method.endsWith("signPrimitive") ? "sign" : "verify";
        String scheme = result.getParams().getParam("scheme");
        micros.put(call + "-" + scheme.replace("_", "").toLowerCase(Locale.ROOT), score(result));
      }
      var data = options(DATA).param("bytes", "64").param("suite", "XAES_256_GCM").build();
      for (RunResult result : new Runner(data).run()) {
        micros.put("encrypt-data", score(result));
      }
    } catch (RunnerException e) {
      throw new LoadFailed("JMH: " + e.getMessage());
    }
    return micros;
  }

  private static ChainedOptionsBuilder options(String include) {
    return new OptionsBuilder()
        .include(include)
        .verbosity(VerboseMode.SILENT)
        .forks(1)
        .warmupIterations(ITERATIONS)
        .measurementIterations(ITERATIONS);
  }

  private static double score(RunResult result) {
    return result.getPrimaryResult().getScore();
  }

  /// @param rows of one number of connections
  static String table(int connections, List<Series.Row> rows, Map<String, Double> primitives) {
    var text = new StringBuilder();
    text.append(
        "| %-22s | %12s | %8s | %9s |%n| --- | ---: | ---: | ---: |%n"
            .formatted(connections + " connections", "primitive µs", "CPU µs", "CPU ratio"));
    for (Series.Row row : rows) {
      Optional.ofNullable(primitives.get(row.name()))
          .ifPresent(primitive ->
              text.append(
                  String.format(
                      Locale.ROOT,
                      "| %-22s | %12.1f | %8.1f | %9.2f |%n",
                      row.name(),
                      primitive,
                      row.cpuMicros(),
                      row.cpuMicros() / primitive)));
    }
    return text.toString();
  }
}
