package dev.keyhold.http;

import static dev.keyhold.http.Access.CALLER;
import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Access.PRINCIPAL;
import static dev.keyhold.http.Endpoints.json;
import static dev.keyhold.http.Route.delete;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.kib;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.RunsOn.EVENT_LOOP;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.audit.AuditLog;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestHead;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.X509KeyManager;

/// A real listener on loopback with a few routes, and callers who are known by the token `good`, or
/// `bob` for another user of the same domain.
final class TestEdge implements AutoCloseable {
  static final String PROJECT = "0123456789abcdef0123456789abcdef";
  static final String KMS = "/v1.0/" + PROJECT + "/kms/";
  static final Duration SECONDS_5 = Duration.ofSeconds(5);

  private static final Principal PRINCIPAL_OF_GOOD =
      new Principal(
          new UserId("00000000000000000000000000000001"),
          "alice",
          new DomainId("00000000000000000000000000000002"),
          Optional.empty(),
          Principal.Method.TOKEN);

  private static final Principal PRINCIPAL_OF_BOB =
      new Principal(
          new UserId("00000000000000000000000000000003"),
          "bob",
          PRINCIPAL_OF_GOOD.domain(),
          Optional.empty(),
          Principal.Method.TOKEN);

  record Ask(String keyId, Optional<String> text) {
    Ask {
      if (Optional.ofNullable(keyId).isEmpty()) {
        throw KmsError.MISSING_MEMBER.rejected("key_id is required.");
      }
    }
  }

  record Reply(String keyId, int bodyLength) {}

  /// `GET /slow`, off the event loop, which says that it has begun and ends when it may.
  static Route slow(CountDownLatch entered, CountDownLatch release) {
    return get(
        "/slow",
        OPEN,
        Duration.ofMinutes(1),
        VIRTUAL_THREAD,
        _ -> {
          entered.countDown();
          try {
            release.await();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
          return Answer.empty(204);
        });
  }

  /// How often somebody was authenticated.
  final AtomicInteger authentications = new AtomicInteger();

  /// Whether the store's disk does not answer.
  final AtomicBoolean stuck = new AtomicBoolean();

  private final RouteTable table;
  private final Listener listener;

  TestEdge(Limits limits, Optional<X509KeyManager> key, Collection<Route> more) throws IOException {
    this(limits, key, more, 1024);
  }

  TestEdge(Limits limits, Optional<X509KeyManager> key, Collection<Route> more, int slowCalls)
      throws IOException {
    this(limits, key, more, RateLimits.none(), slowCalls, TrustedProxies.none(), Optional.empty());
  }

  private TestEdge(
      Limits limits,
      Optional<X509KeyManager> key,
      Collection<Route> more,
      RateLimits rates,
      int slowCalls,
      TrustedProxies proxies,
      Optional<AuditLog> audit)
      throws IOException {
    var rows = new ArrayList<>(rows());
    rows.addAll(more);
    table = Routes.table(() -> true, rows, identityRows());
    listener =
        Listener.start(
            "127.0.0.1",
            0,
            key,
            table,
            new Dispatcher(
                this::authenticate, TestEdge::enter, audit, rates, stuck::get, slowCalls),
            limits,
            proxies);
  }

  TestEdge(Route... more) throws IOException {
    this(Limits.standard(), Optional.empty(), List.of(more));
  }

  static TestEdge with(RateLimits rates) throws IOException {
    return of(rates, TrustedProxies.none(), Optional.empty());
  }

  static TestEdge recording(AuditLog audit, Route... more) throws IOException {
    return of(RateLimits.none(), TrustedProxies.none(), Optional.of(audit), more);
  }

  static TestEdge behind(TrustedProxies proxies, Route... more) throws IOException {
    return of(RateLimits.none(), proxies, Optional.empty(), more);
  }

  private static TestEdge of(
      RateLimits rates, TrustedProxies proxies, Optional<AuditLog> audit, Route... more)
      throws IOException {
    return new TestEdge(
        Limits.standard(), Optional.empty(), List.of(more), rates, 1024, proxies, audit);
  }

  /// This is how an operation's row is written.
  private static List<Route> rows() {
    return List.of(
        post(
            KMS_TEMPLATE + "echo",
            CALLER,
            kib(16),
            SECONDS_5,
            EVENT_LOOP,
            json(Ask.class, TestEdge::echo)),
        post(
            KMS_TEMPLATE + "wait",
            CALLER,
            kib(16),
            SECONDS_5,
            VIRTUAL_THREAD,
            json(Ask.class, TestEdge::echo)),
        delete(
            KMS_TEMPLATE + "echo",
            CALLER,
            kib(1),
            SECONDS_5,
            EVENT_LOOP,
            json(Ask.class, TestEdge::echo)),
        get(KMS_TEMPLATE + "{key_id}/tags", CALLER, SECONDS_5, EVENT_LOOP, TestEdge::tell));
  }

  static final String KMS_TEMPLATE = "/v1.0/{project_id}/kms/";

  private static List<Route> identityRows() {
    return List.of(
        post(
            "/v3/auth/tokens",
            OPEN,
            kib(16),
            SECONDS_5,
            EVENT_LOOP,
            exchange -> Answer.ok(exchange.json(ASK))),
        get(
            "/v3/projects",
            PRINCIPAL,
            SECONDS_5,
            EVENT_LOOP,
            exchange -> Answer.ok(new Reply(exchange.principal().userName(), 0))));
  }

  private static final Json.Reader<Ask> ASK = Json.reader(Ask.class);

  private static Reply echo(Caller caller, Ask ask) {
    return new Reply(ask.keyId(), ask.text().orElse("").length());
  }

  private static Answer tell(Exchange exchange) {
    return Answer.ok(
        new Reply(
            exchange.path("key_id") + exchange.query("q").orElse(""), exchange.body().length));
  }

  private Principal authenticate(RequestHead head, byte[] body) {
    authentications.incrementAndGet();
    if (head.headers("x-auth-token").equals(List.of("cold"))) { // known, but not at hand
      Blocking.ahead();
      return PRINCIPAL_OF_GOOD;
    }
    if (head.headers("x-auth-token").equals(List.of("bob"))) {
      return PRINCIPAL_OF_BOB;
    }
    if (!head.headers("x-auth-token").equals(List.of("good"))) {
      throw GatewayError.INCORRECT_IAM_AUTHENTICATION.rejected();
    }
    return PRINCIPAL_OF_GOOD;
  }

  private static Caller enter(Principal principal, String project, Optional<String> header) {
    if (!project.equals(PROJECT)) {
      throw KmsError.WRONG_PROJECT.rejected();
    }
    return new Caller(principal, new ProjectId(project));
  }

  /// What connections share, without any.
  static Edge unserved(Limits limits) {
    RouteTable table = Routes.table(() -> true, List.of(), List.of());
    return new Edge(table, stranger(), limits, TrustedProxies.none(), 64);
  }

  /// Lets nobody in.
  static Dispatcher stranger() {
    return new Dispatcher(
        (_, _) -> {
          throw GatewayError.INCORRECT_IAM_AUTHENTICATION.rejected();
        },
        TestEdge::enter);
  }

  int port() {
    return listener.port();
  }

  RouteTable table() {
    return table;
  }

  Listener listener() {
    return listener;
  }

  RawClient connect() throws IOException {
    return new RawClient(port());
  }

  /// One request on a connection of its own.
  RawClient.Response ask(String latin1) throws IOException {
    try (var client = connect()) {
      return client.send(latin1).receive();
    }
  }

  /// A sound, authenticated request for `POST {KMS}{action}`.
  static String kms(String action, String body) {
    return "POST %s%s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: good\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(KMS, action, body.length(), body);
  }

  @Override
  public void close() {
    listener.close();
  }
}
