package dev.keyhold.replication;

/// What a region answers to a [Message].
sealed interface Reply {
  /// How the key stands there now. An epoch above the message's says that the sender is no primary
  /// any more.
  ///
  /// @param has the version up to which all material is there
  /// @param uses the version that encrypts
  /// @param domainId of the replica's project
  record Standing(String primary, long epoch, int has, int uses, String domainId)
      implements Reply {}

  /// @param error the name of a `KmsError`
  record Refused(String error, String detail) implements Reply {}

  /// There is no such key in that project.
  record Gone() implements Reply {}
}
