package dev.keyhold.client;

import dev.keyhold.client.Http.Answer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;

/// What clients that called at once were told of one key, and the search for an order of their
/// calls in which each answer is right: one call after the other, each somewhere between its begin
/// and its end; one that was told 503 at any time after its begin, or never.
///
/// The search is Wing and Gong's, over the states that a key can be in, with the memory of where it
/// has been in vain that Lowe added.
final class KeyHistory {
  static final List<String> ACTIONS =
      List.of(
          "disable-key",
          "enable-key",
          "schedule-key-deletion",
          "cancel-key-deletion",
          "describe-key",
          "create-datakey");

  private static final String IN_DOUBT = "503";

  private final Queue<Call> calls = new ConcurrentLinkedQueue<>();

  /// @param told empty for a step or a data key that was accepted, the error code of one that was
  ///   not; of describe-key the state
  /// @param began by the clock that all clients share, likewise `ended`
  record Call(String action, String told, long began, long ended) {
    static Call inDoubt(String action, long began) {
      return new Call(action, IN_DOUBT, began, Long.MAX_VALUE);
    }

    boolean isInDoubt() {
      return told.equals(IN_DOUBT);
    }

    /// The state that follows when this is the next to happen; empty when it can't be, for the
    /// answer would have been another one, or when it is in doubt and might as well never happen.
    Optional<String> after(String state) {
      return switch (action) {
        case "disable-key" -> step(state, Set.of(KeyModel.ENABLED), KeyModel.DISABLED);
        case "enable-key" -> step(state, Set.of(KeyModel.DISABLED), KeyModel.ENABLED);
        case "schedule-key-deletion" ->
            step(state, Set.of(KeyModel.ENABLED, KeyModel.DISABLED), KeyModel.PENDING_DELETION);
        case "cancel-key-deletion" ->
            step(state, Set.of(KeyModel.PENDING_DELETION), KeyModel.DISABLED);
        case "describe-key" -> told.equals(state) ? Optional.of(state) : Optional.empty();
        case "create-datakey" -> told.equals(useIn(state)) ? Optional.of(state) : Optional.empty();
        default -> throw new AssertionError(action);
      };
    }

    private Optional<String> step(String state, Set<String> from, String to) {
      boolean accepted = told.isEmpty() || isInDoubt();
      if (accepted != from.contains(state)) {
        return Optional.empty();
      }
      return Optional.of(accepted ? to : state);
    }

    private static String useIn(String state) {
      return switch (state) {
        case KeyModel.DISABLED -> "KMS.0209";
        case KeyModel.PENDING_DELETION -> "KMS.0210";
        default -> "";
      };
    }
  }

  /// Makes a call, and notes what came of it.
  void call(Http http, String key, String action) {
    Map<String, String> body = new HashMap<>(Map.of("key_id", key));
    if (action.equals("schedule-key-deletion")) {
      body.put("pending_days", "7");
    }
    long began = System.nanoTime();
    Answer answer = http.kms(action, body);
    long ended = System.nanoTime();
    if (answer.status() == 503) {
      calls.add(Call.inDoubt(action, began));
      return;
    }
    if (answer.status() != 200 && answer.status() != 400) {
      throw new AssertionError(action + ": " + answer.status() + " " + answer.body());
    }
    String told =
        answer.status() == 200 && action.equals("describe-key")
            ? answer.json().at("/key_info/key_state").asText()
            : answer.code();
    calls.add(new Call(action, told, began, ended));
  }

  List<Call> calls() {
    return List.copyOf(calls);
  }

  long inDoubt() {
    return calls.stream().filter(Call::isInDoubt).count();
  }

  long steps() {
    return calls.stream()
        .filter(call -> call.told().isEmpty() && !call.action().equals("create-datakey"))
        .count();
  }

  boolean hasAnOrder(String begin) {
    return new Search(calls()).from(begin);
  }

  static boolean hasAnOrder(List<Call> calls, String begin) {
    return new Search(calls).from(begin);
  }

  private static final class Search {
    private final List<Call> calls; // those in doubt, which have no end, at the end
    private final int certain;
    private final Set<Visited> inVain = new HashSet<>();

    private record Visited(BitSet done, String state) {}

    Search(List<Call> calls) {
      this.calls =
          calls.stream()
              .sorted(Comparator.comparingLong(Call::ended).thenComparingLong(Call::began))
              .toList();
      this.certain = Math.toIntExact(calls.stream().filter(call -> !call.isInDoubt()).count());
    }

    boolean from(String begin) {
      return goesOn(new BitSet(calls.size()), begin);
    }

    private boolean goesOn(BitSet done, String state) {
      takeWhatChangesNothing(done, state);
      if (done.nextClearBit(0) >= certain) {
        return true;
      }
      if (!inVain.add(new Visited((BitSet) done.clone(), state))) {
        return false;
      }
      Set<String> tried = new HashSet<>();
      for (int next : possible(done)) {
        Call call = calls.get(next);
        Optional<String> after = call.after(state);
        // Of equal steps the one that ended first: what it can't make good, none of them can.
        if (after.isPresent() && tried.add(call.action())) {
          BitSet more = (BitSet) done.clone();
          more.set(next);
          if (goesOn(more, after.get())) {
            return true;
          }
        }
      }
      return false;
    }

    /// An answer that is right now and changes nothing is in nobody's way.
    private void takeWhatChangesNothing(BitSet done, String state) {
      boolean more = true;
      while (more) {
        more = false;
        for (int next : possible(done)) {
          if (calls.get(next).after(state).filter(state::equals).isPresent()) {
            done.set(next);
            more = true;
          }
        }
      }
    }

    /// The calls that can be next, those that ended first before the others: none that is left was
    /// over before one of them began.
    private List<Integer> possible(BitSet done) {
      int first = done.nextClearBit(0);
      var possible = new ArrayList<Integer>();
      if (first < calls.size()) {
        long firstEnd = calls.get(first).ended();
        for (int i = first; i < calls.size(); i = done.nextClearBit(i + 1)) {
          if (calls.get(i).began() <= firstEnd) {
            possible.add(i);
          }
        }
      }
      return possible;
    }
  }
}
