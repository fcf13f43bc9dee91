package dev.keyhold;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// What somebody who mistyped a name may have meant.
final class NearestName {
  private NearestName() {}

  /// " Did you mean x?", or nothing when no candidate is near.
  static String suggestion(String name, Collection<String> candidates) {
    return of(name, candidates).map(it -> " Did you mean " + it + "?").orElse("");
  }

  private static Optional<String> of(String name, Collection<String> candidates) {
    int far = Math.max(2, name.length() / 3);
    return candidates.stream()
        .filter(candidate -> edits(name, candidate) <= far || lastPart(candidate).equals(name))
        .min(Comparator.comparingInt(candidate -> edits(name, candidate)));
  }

  /// `cmks` for `quotas.cmks`: the group is what one forgets first.
  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /// Levenshtein distance.
  private static int edits(String from, String to) {
    int[] above = new int[to.length() + 1];
    for (int column = 0; column <= to.length(); column++) {
      above[column] = column;
    }
    for (int row = 1; row <= from.length(); row++) {
      int[] current = new int[to.length() + 1];
      current[0] = row;
      for (int column = 1; column <= to.length(); column++) {
        int replaced = above[column - 1] + (from.charAt(row - 1) == to.charAt(column - 1) ? 0 : 1);
        current[column] = Math.min(replaced, Math.min(above[column], current[column - 1]) + 1);
      }
      above = current;
    }
    return above[to.length()];
  }
}
