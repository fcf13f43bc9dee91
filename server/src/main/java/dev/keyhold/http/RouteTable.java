package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Finds the route of a request, segment by segment: a literal wins over a parameter, and there is
/// no way back from it. No pattern language: a path matches by equality or not at all.
public final class RouteTable {
  private static final Refused NO_SUCH_API =
      new Refused(
          Answer.refusal(GatewayError.NO_SUCH_API, GatewayError.NO_SUCH_API.meaning()),
          ErrorShape.KMS);
  private static final List<String> NONE = List.of();

  private final List<Route> rows;
  private final Node root = new Node();

  /// @throws IllegalArgumentException when two rows are for the same method and path
  public RouteTable(Collection<Route> rows) {
    this.rows = List.copyOf(rows);
    for (Route route : this.rows) {
      Node node = root;
      for (String segment : route.segments()) {
        node = segment.isEmpty() ? node : node.grow(segment); // the template "/" is the root itself
      }
      node.add(route);
    }
  }

  public List<Route> rows() {
    return rows;
  }

  /// What a request meets.
  sealed interface Match {}

  /// @param names the parameters of the route's template, in its order
  /// @param values their decoded values, never empty
  /// @param action what audit records call the route
  record Found(Route route, List<String> names, List<String> values, String action)
      implements Match {}

  /// @param answer what there is to say instead
  /// @param errors the shape that clients of the path expect it in
  record Refused(Answer answer, ErrorShape errors) implements Match {}

  Match match(String method, String path) {
    Node node = root;
    List<String> values = NONE;
    boolean escaped = path.indexOf('%') >= 0;
    int from = 1;
    while (from <= path.length() && path.length() > 1) {
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      String decoded = escaped ? Percent.decode(path.substring(from, to)) : null;
      Node next =
          decoded == null ? node.child(path, from, to) : node.child(decoded, 0, decoded.length());
      if (next == null) {
        next = node.parameter;
        if (next == null || from == to) {
          return NO_SUCH_API;
        }
        if (values.isEmpty()) {
          values = new ArrayList<>(2);
        }
        values.add(decoded == null ? path.substring(from, to) : decoded);
      }
      node = next;
      from = to + 1;
    }
    Row row = node.rows.get(method);
    return row != null
        ? new Found(row.route(), row.names(), values, row.action())
        : node.otherMethod;
  }

  private record Row(Route route, List<String> names, String action) {
    static Row of(Route route) {
      return new Row(
          route,
          route.segments().stream()
              .filter(Route::isParameter)
              .map(it -> it.substring(1, it.length() - 1))
              .toList(),
          route.action());
    }
  }

  private static final class Node {
    private final Map<String, Node> literals = new HashMap<>();
    private final Map<String, Row> rows = new HashMap<>();
    private @Nullable Node parameter;
    // The literals once more, by hash in a table at most half full: found without making a string.
    private @Nullable String[] names = {null, null};
    private @Nullable Node[] nodes = {null, null};
    private Refused otherMethod = NO_SUCH_API;

    Node grow(String segment) {
      if (Route.isParameter(segment)) {
        if (parameter == null) {
          parameter = new Node();
        }
        return parameter;
      }
      Node child = literals.get(segment);
      if (child == null) {
        child = new Node();
        literals.put(segment, child);
        index();
      }
      return child;
    }

    void add(Route route) {
      if (rows.putIfAbsent(route.method(), Row.of(route)) != null) {
        throw new IllegalArgumentException(route + " is there twice");
      }
      otherMethod =
          new Refused(
              Answer.refusal(KmsError.METHOD_NOT_SUPPORTED, KmsError.METHOD_NOT_SUPPORTED.meaning())
                  .header("Allow", String.join(", ", new TreeSet<>(rows.keySet()))),
              route.errors());
    }

    @Nullable Node child(String path, int from, int to) {
      int mask = names.length - 1;
      for (int slot = hash(path, from, to) & mask; ; slot = (slot + 1) & mask) {
        String name = names[slot];
        if (name == null) {
          return null;
        }
        if (name.length() == to - from && path.startsWith(name, from)) {
          return nodes[slot];
        }
      }
    }

    private void index() {
      int slots = Integer.highestOneBit(literals.size() * 2) * 2;
      names = new @Nullable String[slots];
      nodes = new @Nullable Node[slots];
      for (var child : literals.entrySet()) {
        String name = child.getKey();
        int slot = hash(name, 0, name.length()) & (slots - 1);
        while (names[slot] != null) {
          slot = (slot + 1) & (slots - 1);
        }
        names[slot] = name;
        nodes[slot] = child.getValue();
      }
    }

    private static int hash(String text, int from, int to) {
      int hash = 0;
      for (int i = from; i < to; i++) {
        hash = 31 * hash + text.charAt(i);
      }
      return hash ^ hash >>> 16;
    }
  }
}
