package dev.keyhold.store;

import dev.keyhold.feed.ChangeFeed;
import dev.keyhold.key.Transactions;
import java.util.Optional;
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

  /// How this process and others share the store; empty when it has the store to itself.
  Optional<Sharing> sharing();

  /// Whether the disk under it has what this process wrote in hand for longer than a disk that
  /// answers takes, or its files were taken away. Never waits.
  default boolean isStuck() {
    return false;
  }

  /// @param node which process this is, unlike all others
  /// @param feed what they all change, from its first use on
  record Sharing(String node, ChangeFeed feed) {}

  @Override
  void close();
}
