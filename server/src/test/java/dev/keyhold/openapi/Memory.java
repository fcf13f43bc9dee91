package dev.keyhold.openapi;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// What successful calls took and answered, by the names of members: a later call that needs a key
/// and a ciphertext finds two that belong together. Calls with a key also know what kind it is, as
/// `cmk.key_spec`, `cmk.key_usage` and `cmk.origin`; and all know the operation, as `call`.
final class Memory {
  private static final int MOST_A_CALL = 40;

  private static final List<String> OF_KEYS = List.of("key_spec", "key_usage", "origin");

  private final Map<String, List<Map<String, JsonNode>>> calls = new HashMap<>();
  private final Map<JsonNode, Map<String, JsonNode>> keys = new HashMap<>();

  /// @param parameters of path and query
  void add(String operation, Map<String, String> parameters, JsonNode request, JsonNode answer) {
    var members = new HashMap<String, JsonNode>();
    parameters.forEach(
        (name, value) -> members.put(name, JsonNodeFactory.instance.stringNode(value)));
    flatten(request, members);
    flatten(answer, members);
    JsonNode key = members.get("key_id");
    if (operation.equals("createKey")) {
      var kind = new HashMap<String, JsonNode>();
      OF_KEYS.stream()
          .filter(members::containsKey)
          .forEach(name -> kind.put("cmk." + name, members.get(name)));
      keys.put(key, kind);
    }
    members.putAll(keys.getOrDefault(key, Map.of()));
    members.put("call", JsonNodeFactory.instance.stringNode(operation));
    var past = calls.computeIfAbsent(operation, _ -> new ArrayList<>());
    past.add(members);
    if (past.size() > MOST_A_CALL) {
      past.removeFirst();
    }
  }

  /// One of the calls that know most of the members asked for, or nearly so.
  ///
  /// @param given what some members must be
  Map<String, JsonNode> recall(
      Collection<String> wanted, Map<String, String> given, Random random) {
    var all =
        calls.values().stream().flatMap(List::stream).filter(call -> has(call, given)).toList();
    long most = all.stream().mapToLong(call -> known(call, wanted)).max().orElse(0);
    if (most == 0) {
      return Map.of();
    }
    // Not always those that know most: they may all know it in a form that does not fit.
    long enough = Math.max(1, most - random.nextInt(2));
    var best = all.stream().filter(call -> known(call, wanted) >= enough).toList();
    return best.get(random.nextInt(best.size()));
  }

  private static boolean has(Map<String, JsonNode> call, Map<String, String> given) {
    return given.entrySet().stream()
        .allMatch(it ->
            call.containsKey(it.getKey())
                && call.get(it.getKey()).asString("").equals(it.getValue()));
  }

  private static long known(Map<String, JsonNode> call, Collection<String> wanted) {
    return wanted.stream().filter(call::containsKey).count();
  }

  private static void flatten(JsonNode node, Map<String, JsonNode> into) {
    for (var member : node.properties()) {
      JsonNode value = member.getValue();
      // Whoever finds an empty list here would go on sending it to an operation that wants one with
      // something in it.
      if (!value.isArray() || (!value.isEmpty() && !value.path(0).isObject())) {
        into.put(member.getKey(), value);
      }
      flatten(value, into);
    }
    if (node.isArray()) {
      node.forEach(element -> flatten(element, into));
    }
  }
}
