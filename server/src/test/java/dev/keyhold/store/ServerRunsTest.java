package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class ServerRunsTest {
  private long nanos = 1_000;
  private final ServerRuns runs = new ServerRuns(() -> nanos);

  private long followed(String name, long written, boolean first) {
    return runs.followed(new ServerRun(name, written), first);
  }

  private void met(String name) {
    runs.met(new ServerRun(name, 0));
  }

  @Test
  void theSameRunIsTheSameHistoryOverANewConnectionToo() {
    long history = followed("a", 10, true);
    nanos += Duration.ofSeconds(5).toNanos();
    assertThat(followed("a", 10, true)).isEqualTo(history);
    nanos += Duration.ofSeconds(5).toNanos();
    assertThat(followed("a", 11, true)).isEqualTo(history);
  }

  @Test
  void anotherRunIsAnotherHistoryBehindAnOpenConnectionToo() {
    long first = followed("a", 10, true);
    long second = followed("b", 10, false);
    assertThat(second).isNotEqualTo(first);
    assertThat(followed("b", 11, false)).isEqualTo(second);
    assertThat(followed("a", 12, false)).isNotIn(first, second);
  }

  /// As of a machine that was put back to a snapshot of its memory.
  @Test
  void aLogThatWentBackIsAnotherHistory() {
    long history = followed("a", 10, true);
    long older = followed("a", 9, false);
    assertThat(older).isNotEqualTo(history);
    assertThat(followed("a", 9, false)).isEqualTo(older);
  }

  @Test
  void aBreakThatWasTooLongIsAnotherHistory() {
    long history = followed("a", 10, true);
    nanos += Duration.ofSeconds(5).toNanos() + 1;
    assertThat(followed("a", 10, true)).isNotEqualTo(history);
  }

  /// As of a node that was frozen, whose connection kept its place.
  @Test
  void aPauseOfAnOpenConnectionIsNone() {
    long history = followed("a", 10, true);
    nanos += Duration.ofMinutes(1).toNanos();
    assertThat(followed("a", 10, false)).isEqualTo(history);
  }

  @Test
  void whatDoesNotTellIsAnotherHistoryEachTime() {
    long known = followed("a", 10, true);
    long second = runs.followedUnknown();
    long third = runs.followedUnknown();
    assertThat(followed("a", 10, true)).isNotIn(known, second, third);
    assertThat(third).isNotIn(known, second);
  }

  @Test
  void aCallsConnectionToTheSameRunChangesNothing() {
    met("a");
    long history = followed("a", 10, true);
    met("a");
    assertThat(followed("a", 10, false)).isEqualTo(history);
  }

  /// What was read over it may be lost, though the feed has never left the old one.
  @Test
  void aCallsConnectionToAnotherRunIsAnotherHistory() {
    long history = followed("a", 10, true);
    met("b");
    assertThat(followed("a", 11, true)).isNotEqualTo(history);
  }

  /// Between the two looks more may have been read of the first.
  @Test
  void aCallsConnectionThatIsFirstAtAnotherRunDoesNotHideItFromTheFeed() {
    long history = followed("a", 10, true);
    met("b");
    assertThat(followed("b", 11, true)).isNotEqualTo(history);
  }
}
