package dev.keyhold.key;

import java.time.Instant;

/// The states of a CMK. Which call leads from which to which is in [Cmk].
public sealed interface KeyState {
  record Enabled() implements KeyState {}

  record Disabled() implements KeyState {}

  /// @param deleteAt when the material is destroyed, at the earliest
  record PendingDeletion(Instant deleteAt) implements KeyState {}

  /// External keys before their material is imported, or after it was deleted.
  record PendingImport() implements KeyState {}

  /// The API's number for the state (`key_state`).
  default String wireNumber() {
    return switch (this) {
      case Enabled _ -> "2";
      case Disabled _ -> "3";
      case PendingDeletion _ -> "4";
      case PendingImport _ -> "5";
    };
  }
}
