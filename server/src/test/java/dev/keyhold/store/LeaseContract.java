package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whose turn it is to do the work that one node does for all.
abstract class LeaseContract extends StoreContract {
  private static final int NODES = 8;
  private static final Duration TERM = Duration.ofSeconds(10);

  private SharedWork a;
  private SharedWork b;

  @BeforeEach
  void nodes() {
    a = new SharedWork(transactions(), "a");
    b = new SharedWork(transactions(), "b");
  }

  private int endsIn(Duration time) {
    return transactions()
        .change(session ->
            session.update(
                "UPDATE lease SET until = " + session.nowMillis() + " + ?", time.toMillis()));
  }

  private Duration left() {
    long millis =
        transactions()
            .query(session ->
                session
                    .first(
                        row -> row.number(1),
                        "SELECT until - " + session.nowMillis() + " FROM lease")
                    .orElseThrow());
    return Duration.ofMillis(millis);
  }

  @Test
  void oneNodeHasTheTurnUntilItPassesItOn() {
    assertThat(a.takeTurn()).isTrue();
    assertThat(a.takeTurn()).isTrue();
    assertThat(b.takeTurn()).isFalse();
    b.passTurn(); // not its own
    assertThat(b.takeTurn()).isFalse();
    a.passTurn();
    assertThat(b.takeTurn()).isTrue();
    assertThat(a.takeTurn()).isFalse();
  }

  @Test
  void theTurnOfADeadNodeEndsAndIsTheNextOnes() {
    assertThat(a.takeTurn()).isTrue();
    assertThat(endsIn(Duration.ZERO)).isEqualTo(1);
    assertThat(b.takeTurn()).isTrue();
    assertThat(a.takeTurn()).isFalse();
  }

  @Test
  void whoHasTheTurnKeepsItByAskingAgain() {
    assertThat(a.takeTurn()).isTrue();
    assertThat(left()).isBetween(TERM.dividedBy(2), TERM);
    assertThat(endsIn(TERM.dividedBy(5))).isEqualTo(1);
    assertThat(a.takeTurn()).isTrue();
    assertThat(left()).isBetween(TERM.dividedBy(2), TERM);
  }

  @Test
  void ofManyThatAskAtOnceOneGetsIt() throws Exception {
    try (var threads = Executors.newFixedThreadPool(NODES)) {
      var start = new CyclicBarrier(NODES);
      var asked = new ArrayList<Future<Boolean>>();
      for (int i = 0; i < NODES; i++) {
        var node = new SharedWork(transactions(), "n" + i);
        asked.add(
            threads.submit(() -> {
              start.await();
              return node.takeTurn();
            }));
      }
      List<Boolean> got = new ArrayList<>();
      for (Future<Boolean> one : asked) {
        got.add(one.get());
      }
      assertThat(got).containsOnlyOnce(true);
    }
  }
}
