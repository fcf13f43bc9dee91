package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class DeparturesTest {
  private final Departures departures = new Departures();
  private final Queue<Runnable> tasks = new ArrayDeque<>();
  private final List<Integer> sent = new ArrayList<>();

  private void add(int number) {
    departures.add(() -> sent.add(number), tasks::add);
  }

  private void takeTurns() {
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      task.run();
    }
  }

  @Test
  void allLeaveInTheirOrderWhenTheLoopComesToIt() {
    for (int i = 0; i < 3; i++) {
      add(i);
    }
    assertThat(sent).isEmpty();
    assertThat(tasks).hasSize(1);

    takeTurns();
    assertThat(sent).containsExactly(0, 1, 2);

    add(3);
    takeTurns();
    assertThat(sent).containsExactly(0, 1, 2, 3);
  }

  @Test
  void noneWaitsForMoreThanItsShare() {
    for (int i = 0; i < Departures.MOST + 1; i++) {
      add(i);
    }
    assertThat(sent).hasSize(Departures.MOST);

    takeTurns();
    assertThat(sent).hasSize(Departures.MOST + 1);
    assertThat(tasks).isEmpty();
  }

  @Test
  void whatFollowsFromSendingLeavesToo() {
    departures.add(
        () -> {
          sent.add(0);
          for (int i = 1; i <= 2 * Departures.MOST; i++) {
            add(i);
          }
        },
        tasks::add);

    takeTurns();

    assertThat(sent).hasSize(2 * Departures.MOST + 1).isSorted().doesNotHaveDuplicates();
  }
}
