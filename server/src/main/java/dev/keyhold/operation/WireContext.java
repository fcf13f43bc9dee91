package dev.keyhold.operation;

import java.util.Map;
import java.util.Optional;

/// An `encryption_context` as it came, before anyone has judged it: what is wrong with it is told
/// only of a request that lacks nothing.
///
/// @param pairs empty unless it was a JSON object whose values are strings
public record WireContext(Optional<Map<String, String>> pairs) {
  public static final WireContext MALFORMED = new WireContext(Optional.empty());

  public static WireContext of(Map<String, String> pairs) {
    return new WireContext(Optional.of(pairs));
  }
}
