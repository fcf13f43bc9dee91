package dev.keyhold.http;

/// Which of the two rate limits a call is under, as the cloud has them ("Constraints": life cycle,
/// and the use of keys).
public enum Rate {
  /// Uses a key, or makes random data.
  CRYPTO,
  /// Makes, changes, lists or describes.
  MANAGEMENT
}
