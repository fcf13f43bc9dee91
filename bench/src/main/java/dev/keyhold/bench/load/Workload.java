package dev.keyhold.bench.load;

import java.time.Instant;
import java.util.function.Function;

/// A request that the bench repeats.
///
/// @param name as `--only` has it
/// @param request makes it, for a signature is good for a quarter of an hour only
record Workload(String name, Function<Instant, PlainRequest> request) {
  /// What everything is compared with: the same listener, parser and route table, and no work.
  static final Workload CEILING =
      new Workload("GET /health/live", _ -> PlainRequest.get("/health/live"));

  static Workload fixed(String name, PlainRequest request) {
    return new Workload(name, _ -> request);
  }
}
