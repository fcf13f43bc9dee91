package dev.keyhold.operation;

/// A request or response record that holds a [SecretText]. The edge wipes a request once its
/// operation has returned, and a response once it is encoded.
public interface Wipeable {
  void wipe();
}
