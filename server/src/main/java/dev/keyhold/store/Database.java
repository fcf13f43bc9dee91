package dev.keyhold.store;

import dev.keyhold.key.Transactions;
import java.util.function.Function;

/// What the repositories need of a database. Whoever calls while a transaction of this database is
/// running on its thread takes part in it.
///
/// A change is durable, and seen by later reads on any thread, once [#change] or
/// [Transactions#write] around it has returned; before that it may still come to nothing. So
/// nothing read or written inside one may reach a cache.
public interface Database extends Transactions, AutoCloseable {
  /// Runs `work`, which may change things: in the transaction around it, where its failure undoes
  /// its own changes and no others, or in one of its own.
  ///
  /// @throws dev.keyhold.error.KmsException.Unavailable when the database does not answer in time
  ///   or can't make the change durable
  <T> T change(Function<Session, T> work);

  /// Runs `work`, which only reads: in the transaction around it, or on what is committed.
  <T> T query(Function<Session, T> work);

  /// Runs `work` on what is committed, even inside a transaction that has changed it.
  <T> T queryCommitted(Function<Session, T> work);

  /// Whether this thread is inside a transaction.
  boolean inTransaction();

  @Override
  void close();
}
