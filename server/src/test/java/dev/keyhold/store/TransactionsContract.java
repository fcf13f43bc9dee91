package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// What [dev.keyhold.key.Transactions] promises of every database.
abstract class TransactionsContract extends StoreContract {
  private void insert(String scope) {
    transactions()
        .change(session ->
            session.update(
                "INSERT INTO kek (scope, version, wrapped) VALUES (?, 1, ?)",
                scope,
                Bytes.owning(new byte[] {1})));
  }

  private long count() {
    return transactions()
        .query(session ->
            session.first(row -> row.number(1), "SELECT COUNT(*) FROM kek").orElseThrow());
  }

  /// A page and how many there are of all, for example.
  @Test
  void aReadSeesOneMoment() throws Exception {
    try (ExecutorService others = Executors.newSingleThreadExecutor()) {
      insert("before");
      transactions()
          .read(() -> {
            assertThat(count()).isEqualTo(1);
            try {
              others.submit(() -> insert("meanwhile")).get();
            } catch (Exception e) {
              throw new AssertionError(e);
            }
            assertThat(count()).isEqualTo(1);
            return true;
          });
      assertThat(count()).isEqualTo(2);
    }
  }

  @Test
  void aReadThatFailsLeavesNoMomentBehind() {
    for (int i = 0; i < 10; i++) { // more than there are connections
      assertThatThrownBy(() ->
              transactions()
                  .read(() -> {
                    assertThat(count()).isZero();
                    throw new IllegalStateException("refused");
                  }))
          .hasMessage("refused");
    }
    insert("after");
    assertThat(count()).isEqualTo(1);
  }

  @Test
  void aReadChangesNothing() {
    assertThatThrownBy(() ->
            transactions()
                .read(() -> {
                  insert("s");
                  return true;
                }))
        .isInstanceOf(IllegalStateException.class);
    assertThat(count()).isZero();
  }

  @Test
  void aFailureThatIsCaughtWithinUndoesItsOwnChangesAlone() {
    transactions()
        .write(() -> {
          insert("first");
          assertThatThrownBy(() ->
                  transactions()
                      .write(() -> {
                        insert("second");
                        throw new IllegalStateException("refused");
                      }))
              .hasMessage("refused");
          insert("third");
          return true;
        });
    assertThat(
            transactions()
                .<List<String>>query(session ->
                    session.list(row -> row.text(1), "SELECT scope FROM kek ORDER BY scope")))
        .containsExactly("first", "third");
  }
}
