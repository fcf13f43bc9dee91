package dev.keyhold.http;

/// The end of secrets that a request or response record holds. Such a record is `AutoCloseable`.
final class Secrets {
  private Secrets() {}

  /// To be called once a request's operation has returned, or a response is encoded.
  static void wipe(Object document) {
    if (document instanceof AutoCloseable secret) {
      try {
        secret.close();
      } catch (Exception e) {
        throw new IllegalStateException("a record that can't be wiped", e);
      }
    }
  }
}
