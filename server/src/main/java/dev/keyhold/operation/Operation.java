package dev.keyhold.operation;

import dev.keyhold.iam.Caller;

/// One operation of the KMS API: straight-line code from a request record to a response record.
///
/// @param <Q> the request, with wire names in snake case; a component that is not `Optional` is
///   required
/// @param <A> the response, likewise
@FunctionalInterface
public interface Operation<Q, A> {
  A handle(Caller caller, Q request);
}
