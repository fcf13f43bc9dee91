package dev.keyhold.http;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.audit.AuditLog;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.audit.Lane;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestHead;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Runs a call: who calls, in which project, then the endpoint, which alone parses the body.
public final class Dispatcher {
  private static final String PROJECT = "project_id";

  /// The SDK repeats the project here and signs it.
  private static final String PROJECT_HEADER = "x-project-id";

  private final Authentication authentication;
  private final Admission admission;
  private final @Nullable AuditLog audit;
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
  public Dispatcher(Authentication authentication, Admission admission, Optional<AuditLog> audit) {
    this.authentication = authentication;
    this.admission = admission;
    this.audit = audit.orElse(null);
  }

  public Dispatcher(Authentication authentication, Admission admission) {
    this(authentication, admission, Optional.empty());
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

  /// Hands over a finished record.
  ///
  /// @return false when it can't be taken now
  boolean append(AuditEntry entry, Lane lane, AuditEntry.Waiting waiter) {
    return audit != null && audit.append(entry, lane, waiter);
  }

  /// Runs `call` where its route says: it comes back through [Call#run], on this thread or another.
  void dispatch(Route route, Runnable call) {
    switch (route.runsOn()) {
      case EVENT_LOOP -> Blocking.forbidden(call);
      case VIRTUAL_THREAD -> onVirtualThread(call);
    }
  }

  void onVirtualThread(Runnable call) {
    virtualThreads.execute(call);
  }

  /// @throws Blocking.WouldBlock on an event loop, when the call can't go on there
  Answer perform(Route route, Exchange exchange) {
    AuditEntry entry = exchange.entry();
    return entry == null
        ? unrecorded(route, exchange)
        : AuditScope.of(entry, () -> unrecorded(route, exchange));
  }

  private Answer unrecorded(Route route, Exchange exchange) {
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
    return route.endpoint().call(exchange);
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
