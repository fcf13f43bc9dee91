package dev.keyhold.http;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.audit.AuditLog;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.audit.Lane;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.Throttle;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestHead;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs a call: who calls, in which project, then the endpoint, which alone parses the body.
public final class Dispatcher {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final String PROJECT = "project_id";

  /// The SDK repeats the project here and signs it.
  private static final String PROJECT_HEADER = "x-project-id";

  /// Enough for the misses of all callers at once after a start, little beside the heap.
  private static final int SLOW_CALLS = 1024;

  private final Authentication authentication;
  private final Admission admission;
  private final @Nullable AuditLog audit;
  private final CallPermits permits;
  private final RateLimits rates;
  private final BooleanSupplier storeIsStuck;
  private final Throttle shed = new Throttle(System::nanoTime);
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

  /// @param audit where calls are recorded; absent, none is
  /// @param rates what each tenant may ask for
  /// @param storeIsStuck whether changes wait for a disk that does not answer; asked often
  public Dispatcher(
      Authentication authentication,
      Admission admission,
      Optional<AuditLog> audit,
      RateLimits rates,
      BooleanSupplier storeIsStuck) {
    this(authentication, admission, audit, rates, storeIsStuck, SLOW_CALLS);
  }

  public Dispatcher(Authentication authentication, Admission admission) {
    this(authentication, admission, Optional.empty(), RateLimits.none(), () -> false);
  }

  /// @param slowCalls how many calls may be off the event loops at once, half as many whose callers
  ///   are not known yet, and half as many that are open to anyone
  Dispatcher(
      Authentication authentication,
      Admission admission,
      Optional<AuditLog> audit,
      RateLimits rates,
      BooleanSupplier storeIsStuck,
      int slowCalls) {
    this.authentication = authentication;
    this.admission = admission;
    this.audit = audit.orElse(null);
    this.rates = rates;
    this.storeIsStuck = storeIsStuck;
    int half = Math.ceilDiv(slowCalls, 2);
    this.permits = new CallPermits(slowCalls, half, half);
  }

  /// The begin of the record of a call; empty when it is not to be recorded.
  Optional<AuditEntry> record(RouteTable.Found found, String requestId, String remoteAddress) {
    if (audit == null || !found.route().isRecorded()) {
      return Optional.empty();
    }
    return Optional.of(
        AuditEntry.ofCall(
            audit.node(), requestId, remoteAddress, found.action(), found.route().successStatus()));
  }

  /// Whether calls that must be recorded can be.
  boolean canRecord() {
    return audit == null || audit.isHealthy();
  }

  /// Whether calls at work had better not be waited for.
  boolean isStoreStuck() {
    return storeIsStuck.getAsBoolean();
  }

  /// Hands over a finished record.
  ///
  /// @return false when it can't be taken now
  boolean append(AuditEntry entry, Lane lane, AuditEntry.Waiting waiter) {
    return audit != null && audit.append(entry, lane, waiter);
  }

  /// Begins `call` on this event loop, even where it is going to be slow: a caller who is at hand
  /// is told from a stranger before either gets a thread.
  void dispatch(Runnable call) {
    Blocking.forbidden(call);
  }

  /// @return false when there are too many already
  boolean onVirtualThread(Exchange exchange, Runnable call) {
    Optional<CallPermits.Permit> permit =
        permits.take(exchange.route().access(), exchange.isAdmitted(), exchange.owner());
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
    if (permit.isEmpty()) {
      tellOfShedding(exchange.route());
    }
    return permit.isPresent();
  }

  private void tellOfShedding(Route route) {
    shed.pass()
        .ifPresent(untold ->
            LOG.warn(
                "too many calls are at work: refused one of {}, and {} before it", route, untold));
  }

  /// @throws Blocking.WouldBlock on an event loop, when the call can't go on there
  Answer perform(Route route, Exchange exchange) {
    AuditEntry entry = exchange.entry();
    if (entry == null) {
      return unrecorded(route, exchange);
    }
    entry.begins();
    return AuditScope.of(entry, () -> unrecorded(route, exchange));
  }

  private Answer unrecorded(Route route, Exchange exchange) {
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
      case CALLER -> {
        String project = exchange.path(PROJECT);
        exchange.names(project);
        exchange.entered(
            admission.enter(authenticate(exchange), project, projectFromHeader(exchange)));
      }
    }
    if (route.access() != Access.OPEN) {
      rates.charge(route, exchange.principal(), exchange.project());
      exchange.admitted();
    }
  }

  private static Optional<String> projectFromHeader(Exchange exchange) {
    List<String> named = exchange.head().headers(PROJECT_HEADER);
    if (named.size() > 1) {
      throw KmsError.WRONG_PROJECT.rejected("X-Project-Id is there more than once.");
    }
    return named.isEmpty() ? Optional.empty() : Optional.of(named.getFirst());
  }

  private Principal authenticate(Exchange exchange) {
    Principal principal = authentication.authenticate(exchange.head(), exchange.body());
    exchange.authenticated(principal);
    return principal;
  }
}
