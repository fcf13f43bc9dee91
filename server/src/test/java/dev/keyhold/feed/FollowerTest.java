package dev.keyhold.feed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.keyhold.error.KmsException.Unavailable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class FollowerTest {
  private static final Duration MOST = Duration.ofSeconds(5);

  private final FakeFeed feed = new FakeFeed();
  private final List<String> forgotten = new ArrayList<>();
  private long nanos = 1_000_000;
  private final Freshness freshness = Freshness.within(MOST, () -> nanos);
  private final Follower follower = new Follower(feed, caches(), freshness, () -> nanos);

  private Map<Change.Kind, Followed> caches() {
    var caches = new EnumMap<Change.Kind, Followed>(Change.Kind.class);
    for (Change.Kind kind : Change.Kind.values()) {
      caches.put(kind, new Followed(id -> forget(kind, id), () -> forgotten.add("all " + kind)));
    }
    return caches;
  }

  private void forget(Change.Kind kind, String id) {
    if (id.equals("malformed")) {
      throw new IllegalArgumentException(id);
    }
    forgotten.add(kind + " " + id);
  }

  private void begin() {
    follower.look();
    forgotten.clear();
  }

  @Test
  void changesAreForgottenInTheirOrderAndOnce() {
    begin();
    feed.add(Change.Kind.KEY, "a");
    feed.add(Change.Kind.USER, "b");
    feed.add(Change.Kind.KEY, "a");
    follower.look();
    follower.look();
    assertThat(forgotten).containsExactly("KEY a", "USER b", "KEY a");
  }

  @Test
  void moreThanOneBatchIsForgottenInOneLook() {
    begin();
    for (int i = 0; i < 2_500; i++) {
      feed.add(Change.Kind.KEY, "k" + i);
    }
    follower.look();
    assertThat(forgotten).hasSize(2_500).startsWith("KEY k0").endsWith("KEY k2499");
  }

  @Test
  void whatHappenedBeforeTheStartIsNoConcern() {
    feed.add(Change.Kind.KEY, "a");
    begin();
    follower.look();
    assertThat(forgotten).isEmpty();
  }

  @Test
  void aNodeKnowsNothingBeforeItsFirstLook() {
    assertThat(freshness.isFresh()).isFalse();
    follower.look();
    assertThat(freshness.isFresh()).isTrue();
  }

  @Test
  void aNodeIsAsFreshAsTheBeginningOfItsLastLook() {
    begin();
    nanos += MOST.toNanos();
    feed.beforeAnswer = () -> nanos += 10; // a change may be committed right behind the answer
    follower.look();
    nanos += MOST.toNanos() - 10;
    assertThat(freshness.isFresh()).isTrue();
    nanos++;
    assertThat(freshness.isFresh()).isFalse();
    assertThatThrownBy(freshness::require).isInstanceOf(Unavailable.class);
  }

  @Test
  void aNodeThatIsCutOffRefusesAfterTheBoundAndServesWhenItIsBack() {
    begin();
    feed.down = true;
    nanos += MOST.toNanos();
    follower.look();
    assertThatCode(freshness::require).doesNotThrowAnyException();
    nanos++;
    follower.look();
    assertThatThrownBy(freshness::require).isInstanceOf(Unavailable.class);

    feed.add(Change.Kind.KEY, "changed meanwhile");
    feed.down = false;
    follower.look();
    assertThatCode(freshness::require).doesNotThrowAnyException();
    assertThat(forgotten).containsExactly("KEY changed meanwhile");
  }

  @Test
  void itIsNotFreshBeforeItHasForgotten() {
    begin();
    nanos += MOST.toNanos() + 1;
    feed.add(Change.Kind.KEY, "a");
    feed.beforeAnswer = () -> assertThat(freshness.isFresh()).isFalse();
    follower.look();
    assertThat(forgotten).containsExactly("KEY a");
    assertThat(freshness.isFresh()).isTrue();
  }

  private void assertForgetsTheNextAlone() {
    forgotten.clear();
    feed.add(Change.Kind.KEY, "next");
    follower.look();
    assertThat(forgotten).containsExactly("KEY next");
  }

  @Test
  void aNodeThatMissedWhatIsNoLongerKeptForgetsEverything() {
    begin();
    for (int i = 0; i < 10; i++) {
      feed.add(Change.Kind.KEY, "k" + i);
    }
    feed.entries.subList(0, 5).clear();
    follower.look();
    assertThat(forgotten).hasSize(Change.Kind.values().length).allMatch(it -> it.startsWith("all"));

    assertForgetsTheNextAlone();
  }

  @Test
  void anEntryThatIsMissingBetweenOthersMakesItForgetEverything() {
    begin();
    feed.add(Change.Kind.KEY, "a");
    feed.add(Change.Kind.KEY, "b");
    feed.add(Change.Kind.KEY, "c");
    feed.entries.remove(2);
    follower.look();
    assertThat(forgotten).startsWith("KEY a").contains("all KEY", "all USER");

    assertForgetsTheNextAlone();
  }

  @Test
  void aStoreThatWentBackInTimeMakesItForgetEverything() {
    feed.add(Change.Kind.KEY, "a");
    feed.add(Change.Kind.KEY, "b");
    begin();
    feed.entries.removeLast(); // as after a failover to a copy that lagged
    follower.look();
    assertThat(forgotten).contains("all KEY");
  }

  @Test
  void aStoreThatWentAnotherWayMakesItForgetEverything() {
    feed.add(Change.Kind.KEY, "a");
    feed.add(Change.Kind.KEY, "lost");
    begin();
    feed.entries.removeLast();
    feed.add(Change.Kind.KEY, "instead");
    feed.add(Change.Kind.KEY, "c");
    follower.look();
    assertThat(forgotten).contains("all KEY");
  }

  /// As by a database that was too slow for one look.
  @Test
  void aConnectionThatBreaksAndLeadsToTheSameHistoryMakesItForgetWhatChangedMeanwhileAlone() {
    begin();
    feed.down = true;
    feed.add(Change.Kind.KEY, "a");
    feed.add(Change.Kind.USER, "b");
    follower.look();
    feed.down = false;
    follower.look();
    assertThat(forgotten).containsExactly("KEY a", "USER b");
    assertForgetsTheNextAlone();
  }

  @Test
  void anotherHistoryMakesItForgetEverythingOnce() {
    begin();
    feed.add(Change.Kind.KEY, "a");
    feed.history++; // what it leads to may lack a key, which left no entry
    follower.look();
    follower.look();
    assertThat(forgotten).hasSize(Change.Kind.values().length).allMatch(it -> it.startsWith("all"));

    assertForgetsTheNextAlone();
  }

  @Test
  void itIsNotFreshBetweenAnotherHistoryAndForgettingEverything() {
    begin();
    nanos += MOST.toNanos() + 1;
    feed.history++;
    feed.beforeAnswer = () -> assertThat(freshness.isFresh()).isFalse();
    follower.look();
    assertThat(forgotten).contains("all KEY");
    assertThat(freshness.isFresh()).isTrue();
  }

  @Test
  void anotherHistoryWhoseFirstLookFailsIsNotForgottenItself() {
    begin();
    feed.history++;
    var answers = new AtomicInteger();
    feed.beforeAnswer = () -> feed.down = answers.incrementAndGet() == 2;
    follower.look();
    assertThat(forgotten).isEmpty();
    follower.look();
    assertThat(forgotten).contains("all KEY");
  }

  @Test
  void whatANewerVersionWritesMakesItForgetEverything() {
    begin();
    feed.add("SOMETHING_NEW", "x");
    feed.add(Change.Kind.USER, "b");
    follower.look();
    assertThat(forgotten).contains("all KEY", "all USER").endsWith("USER b");
  }

  @Test
  void anIdThatIsNoneMakesItForgetEverything() {
    begin();
    feed.add(Change.Kind.KEY, "malformed");
    follower.look();
    assertThat(forgotten).contains("all KEY", "all USER");
    assertThat(freshness.isFresh()).isTrue();
  }

  /// It looks four times a second: a stack each time would fill the disk.
  @Test
  void aFaultIsToldOfOnceInAWhile() {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(Follower.class);
    log.start();
    logger.addAppender(log);
    try {
      begin();
      feed.beforeAnswer =
          () -> {
            throw new IllegalStateException("a fault");
          };
      for (int i = 0; i < 20; i++) {
        follower.look();
      }
      assertThat(faults(log)).hasSize(1);
      nanos += Duration.ofMinutes(1).toNanos();
      follower.look();
      assertThat(faults(log)).hasSize(2).last().asString().contains("19 times before");
    } finally {
      logger.detachAppender(log);
    }
  }

  private static List<ILoggingEvent> faults(ListAppender<ILoggingEvent> log) {
    return log.list.stream().filter(event -> event.getThrowableProxy() != null).toList();
  }

  @Test
  void everyKindHasItsCache() {
    Map<Change.Kind, Followed> incomplete = caches();
    incomplete.remove(Change.Kind.ALIAS);
    assertThatThrownBy(() -> new Follower(feed, incomplete, freshness, () -> nanos))
        .hasMessageContaining("ALIAS");
  }
}
