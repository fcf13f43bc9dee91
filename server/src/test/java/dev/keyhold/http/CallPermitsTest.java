package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.http.CallPermits.Permit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Who gets a place where others want them all.
class CallPermitsTest {
  private final CallPermits permits = new CallPermits(100, 50, 10);

  private List<Permit> asManyAsThereAre(Access access, boolean isKnown, String owner) {
    var taken = new ArrayList<Permit>();
    for (var next = permits.take(access, isKnown, owner);
        next.isPresent();
        next = permits.take(access, isKnown, owner)) {
      taken.add(next.get());
    }
    return taken;
  }

  @Test
  void nobodyTakesAllPlaces() {
    List<Permit> greedy = asManyAsThereAre(Access.CALLER, true, "greedy");
    assertThat(greedy).hasSize(80);
    assertThat(asManyAsThereAre(Access.CALLER, true, "another")).hasSize(16);
    assertThat(asManyAsThereAre(Access.CALLER, true, "third")).hasSize(4);
    assertThat(asManyAsThereAre(Access.CALLER, true, "late")).isEmpty();

    greedy.forEach(Permit::release);
    assertThat(asManyAsThereAre(Access.CALLER, true, "late")).hasSize(64);
  }

  @Test
  void whatWasGivenBackIsAnybodysAgain() {
    for (int i = 0; i < 3; i++) {
      List<Permit> all = asManyAsThereAre(Access.CALLER, true, "one");
      assertThat(all).hasSize(80);
      all.forEach(Permit::release);
    }
  }

  @Test
  void strangersAndOpenCallsAreCountedBySourceAndApart() {
    assertThat(asManyAsThereAre(Access.CALLER, false, "10.0.0.1")).hasSize(40);
    assertThat(permits.take(Access.CALLER, false, "10.0.0.2")).isPresent();
    assertThat(asManyAsThereAre(Access.OPEN, false, "10.0.0.1")).hasSize(8);
    assertThat(permits.take(Access.OPEN, false, "10.0.0.2")).isPresent();
    assertThat(permits.take(Access.CALLER, true, "tenant")).isPresent();
  }

  @Test
  void strangersMoveOverToTheirTenant() {
    List<Permit> strangers = asManyAsThereAre(Access.CALLER, false, "10.0.0.1");
    asManyAsThereAre(Access.CALLER, true, "greedy");
    assertThat(strangers.getFirst().becomeKnown("greedy")).isFalse();
    assertThat(strangers.getFirst().becomeKnown("another")).isTrue();
    assertThat(strangers.getFirst().becomeKnown("another")).isTrue(); // is so already
    Optional<Permit> next = permits.take(Access.CALLER, false, "10.0.0.1");
    assertThat(next).isPresent();
    strangers.getFirst().release();
    assertThat(permits.take(Access.CALLER, false, "10.0.0.1")).isEmpty();
  }
}
