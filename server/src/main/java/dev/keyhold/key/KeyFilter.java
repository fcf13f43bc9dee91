package dev.keyhold.key;

import java.util.Optional;

/// Which keys of a project a listing is about. `state` is the API's number, for example `2`.
public record KeyFilter(
    Optional<String> state, Optional<KeySpec> spec, Optional<String> enterpriseProject) {
  public static final KeyFilter ALL =
      new KeyFilter(Optional.empty(), Optional.empty(), Optional.empty());
}
