package dev.keyhold.http;

import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestHead;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// Runs a call: who calls, in which project, then the endpoint, which alone parses the body.
public final class Dispatcher {
  private static final String PROJECT = "project_id";

  /// The SDK repeats the project here and signs it.
  private static final String PROJECT_HEADER = "x-project-id";

  /// Enough for the misses of all callers at once after a start, little beside the heap.
  private static final int SLOW_CALLS = 1024;

  private final Authentication authentication;
  private final Admission admission;
  private final CallPermits permits;
  private final ExecutorService virtualThreads =
      Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("call-", 0).factory());

  /// How a request tells who sent it.
  @FunctionalInterface
  public interface Authentication {
    /// @throws dev.keyhold.error.KmsException.Rejected when it does not
    Principal authenticate(RequestHead head, byte[] body);
  }

  /// How a principal comes to act in a project.
  @FunctionalInterface
  public interface Admission {
    /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0321` when the project is not theirs
    Caller enter(Principal principal, String projectId, Optional<String> projectIdFromHeader);
  }

  public Dispatcher(Authentication authentication, Admission admission) {
    this(authentication, admission, SLOW_CALLS);
  }

  /// @param slowCalls how many calls may be off the event loops at once, and half as many whose
  ///   callers are not known
  public Dispatcher(Authentication authentication, Admission admission, int slowCalls) {
    this.authentication = authentication;
    this.admission = admission;
    this.permits = new CallPermits(slowCalls, Math.ceilDiv(slowCalls, 2));
  }

  /// Begins `call` on this event loop, even where it is going to be slow: a caller who is at hand
  /// is told from a stranger before either gets a thread.
  void dispatch(Runnable call) {
    Blocking.forbidden(call);
  }

  /// @return false when there are too many already
  boolean onVirtualThread(Exchange exchange, Runnable call) {
    Optional<CallPermits.Permit> permit = permits.take(exchange.isAdmitted());
    permit.ifPresent(it -> {
      exchange.hold(it);
      virtualThreads.execute(() -> {
        try {
          call.run();
        } finally {
          it.release();
        }
      });
    });
    return permit.isPresent();
  }

  /// @throws Blocking.WouldBlock on an event loop, when the call can't go on there
  Answer perform(Route route, Exchange exchange) {
    if (!exchange.isAdmitted()) {
      admit(route, exchange);
    }
    if (route.runsOn() == RunsOn.VIRTUAL_THREAD) {
      Blocking.ahead();
    }
    return route.endpoint().call(exchange);
  }

  /// Once for each exchange, however often it is run.
  private void admit(Route route, Exchange exchange) {
    switch (route.access()) {
      case OPEN -> {}
      case PRINCIPAL -> authenticate(exchange);
      case CALLER ->
          exchange.entered(
              admission.enter(
                  authenticate(exchange), exchange.path(PROJECT), projectFromHeader(exchange)));
    }
    if (route.access() != Access.OPEN) {
      exchange.admitted();
    }
  }

  private static Optional<String> projectFromHeader(Exchange exchange) {
    List<String> named = exchange.head().headers(PROJECT_HEADER);
    if (named.size() > 1) {
      throw KmsError.WRONG_PROJECT.rejected("X-Project-Id is there more than once.");
    }
    return named.stream().findFirst();
  }

  private Principal authenticate(Exchange exchange) {
    Principal principal = authentication.authenticate(exchange.head(), exchange.body());
    exchange.authenticated(principal);
    return principal;
  }
}
