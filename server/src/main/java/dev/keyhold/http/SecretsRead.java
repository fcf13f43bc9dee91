package dev.keyhold.http;

import java.util.ArrayList;
import java.util.List;

/// The secrets that this thread has read for a record which is not made yet. One that is never
/// made, because its constructor or a later member is refused, leaves nobody else who could wipe
/// them.
final class SecretsRead {
  // Kept for the next request: no request needs a list of its own.
  private static final ThreadLocal<SecretsRead> OF_THREAD =
      ThreadLocal.withInitial(SecretsRead::new);

  private final List<AutoCloseable> secrets = new ArrayList<>(2);

  private SecretsRead() {}

  static SecretsRead ofThread() {
    return OF_THREAD.get();
  }

  void add(AutoCloseable secret) {
    secrets.add(secret);
  }

  /// The record is made and has them.
  void handedOver() {
    secrets.clear();
  }

  void wipe() {
    if (!secrets.isEmpty()) {
      secrets.forEach(Secrets::wipe);
      secrets.clear();
    }
  }
}
