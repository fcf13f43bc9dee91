package dev.keyhold.keyring;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// What a listing shows: the rows that are as Keyhold wrote them. One that was altered has been
/// reported, and hides no other; asked for by itself, it is refused.
final class Listed {
  private Listed() {}

  /// @param checked throws [IntegrityException] for an altered row, having logged it
  static <S, T> List<T> sound(List<S> stored, Function<S, T> checked) {
    return stored.stream().map(row -> soundOne(row, checked)).flatMap(Optional::stream).toList();
  }

  private static <S, T> Optional<T> soundOne(S row, Function<S, T> checked) {
    try {
      return Optional.of(checked.apply(row));
    } catch (IntegrityException _) {
      return Optional.empty();
    }
  }
}
