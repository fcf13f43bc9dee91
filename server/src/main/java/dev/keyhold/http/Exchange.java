package dev.keyhold.http;

import dev.keyhold.audit.AuditEntry;
import dev.keyhold.audit.Outcome;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Caller;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.RequestHead;
import dev.keyhold.iam.SourceAddress;
import dev.keyhold.key.ProjectId;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A whole request as an endpoint sees it. Who calls is known from here alone: no header is ever
/// taken for an identity.
public final class Exchange {
  private static final String JSON = "application/json";
  private static final int LEAST_FAILURE = 500;

  private final RouteTable.Found found;
  private final String requestId;
  private final RequestHead head;
  private final byte[] body;
  private final @Nullable AuditEntry entry;
  private @Nullable Principal principal;
  private @Nullable Caller caller;
  private CallPermits.@Nullable Permit permit;
  private boolean admitted;

  /// @param entry the call's audit record, unless it gets none
  Exchange(
      RouteTable.Found found,
      String requestId,
      RequestHead head,
      byte[] body,
      Optional<AuditEntry> entry) {
    this.entry = entry.orElse(null);
    this.found = found;
    this.requestId = requestId;
    this.head = head;
    this.body = body;
  }

  /// 32 lower-case hexadecimal characters; also in the answer's `X-Request-Id`.
  public String requestId() {
    return requestId;
  }

  public RequestHead head() {
    return head;
  }

  /// Lends the body: to be read, never to be changed or kept, for it is wiped after the call.
  public byte[] body() {
    return body;
  }

  /// The decoded value of a parameter of the route's template.
  ///
  /// @param name without braces
  public String path(String name) {
    int at = found.names().indexOf(name);
    if (at < 0) {
      throw new IllegalArgumentException(found.route() + " has no parameter " + name);
    }
    return found.values().get(at);
  }

  /// The decoded value of a query parameter, which may be empty.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` when it is there twice
  public Optional<String> query(String name) {
    Optional<String> found = Optional.empty();
    for (String pair : head.rawQuery().split("&", -1)) {
      int equals = pair.indexOf('=');
      if (Percent.decode(equals < 0 ? pair : pair.substring(0, equals)).equals(name)) {
        if (found.isPresent()) {
          throw KmsError.INVALID_PARAMETER.rejected("The query has " + name + " twice.");
        }
        found = Optional.of(equals < 0 ? "" : Percent.decode(pair.substring(equals + 1)));
      }
    }
    return found;
  }

  /// Reads the body as JSON.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0214` when it says that it is something
  ///   else, or as [Json.Reader#read] has it
  public <T> T json(Json.Reader<T> reader) {
    String type = head.header("content-type").orElse(JSON);
    if (!type.equals(JSON) && !saysJson(type.toLowerCase(Locale.ROOT))) {
      throw KmsError.INVALID_FORMAT.rejected("The Content-Type must be application/json.");
    }
    return reader.read(body);
  }

  private static boolean saysJson(String type) {
    int end = type.indexOf(';');
    String media = (end < 0 ? type : type.substring(0, end)).strip();
    boolean json = media.endsWith("/json") || media.endsWith("+json");
    // A charset is meaningless for JSON (RFC 8259 §11); one that is not UTF-8, or utf8 as the token
    // page spells it, is a lie worth telling.
    int charset = type.indexOf("charset=");
    return json && (charset < 0 || type.substring(charset + 8).matches("\"?utf-?8\"?(\\s*;.*)?"));
  }

  /// Who calls. Not on a route that is open.
  public Principal principal() {
    if (principal == null) {
      throw new IllegalStateException(found.route() + " authenticates nobody");
    }
    return principal;
  }

  /// Who calls, and the project they act in. Only on a route for callers.
  public Caller caller() {
    if (caller == null) {
      throw new IllegalStateException(found.route() + " enters no project");
    }
    return caller;
  }

  /// The project that is entered, if any.
  Optional<ProjectId> project() {
    return Optional.ofNullable(caller).map(Caller::project);
  }

  Route route() {
    return found.route();
  }

  @Nullable AuditEntry entry() {
    return entry;
  }

  /// The project in the path, whoever's it is; recorded if it can be one at all.
  void names(String project) {
    if (entry != null && ProjectId.isWellFormed(project)) {
      entry.project(project);
    }
  }

  /// Whether who calls, and where, is settled.
  boolean isAdmitted() {
    return admitted;
  }

  /// @throws KmsException.Unavailable when there are too many at work already
  void admitted() {
    if (permit != null && !permit.becomeKnown(principal().domain().text())) {
      throw new KmsException.Unavailable("a place among the calls at work");
    }
    admitted = true;
  }

  /// Whose the call is, as far as that is known: a tenant, or else where it came from.
  String owner() {
    return admitted ? principal().domain().text() : SourceAddress.site(head.remoteAddress());
  }

  void hold(CallPermits.Permit mine) {
    permit = mine;
  }

  void authenticated(Principal who) {
    principal = who;
    if (entry != null) {
      String credential = who.accessKey().map(AccessKeyId::text).orElse("token");
      entry.caller(who.domain().text(), who.user().text(), credential);
    }
  }

  void ended(Answer answer) {
    if (entry != null) {
      String error = answer.refusal().map(it -> it.error().code()).orElse("");
      entry.ended(outcome(answer), answer.status(), error);
    }
  }

  private static Outcome outcome(Answer answer) {
    if (answer.refusal().isEmpty()) {
      return Outcome.ALLOWED;
    }
    return answer.status() < LEAST_FAILURE ? Outcome.REFUSED : Outcome.FAILED;
  }

  void entered(Caller who) {
    caller = who;
  }
}
