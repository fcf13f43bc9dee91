package dev.keyhold.http;

/// Whether this server should be given work now. Asked on an event loop: the answer must be at
/// hand.
@FunctionalInterface
public interface Readiness {
  boolean isReady();
}
