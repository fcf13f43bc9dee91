package dev.keyhold.key;

import java.util.List;
import java.util.Optional;

/// Which keys of a project a search is about: those that have every wanted tag and whose name
/// contains the text.
///
/// @param nameContains compared without regard to case
public record TagFilter(List<Wanted> wanted, Optional<String> nameContains) {
  /// @param values of which the tag has one; any value when empty
  public record Wanted(String key, List<String> values) {
    public Wanted {
      values = List.copyOf(values);
    }
  }

  public TagFilter {
    wanted = List.copyOf(wanted);
  }
}
