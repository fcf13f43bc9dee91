package dev.keyhold.http;

import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.RunsOn.EVENT_LOOP;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The API at a glance: every route there is, with its limits and where it runs.
public final class Routes {
  private static final Duration QUICK = Duration.ofSeconds(5);

  private Routes() {}

  /// @param kms rows of the KMS API
  /// @param identity rows of the identity API, whose errors are put into Keystone's shape
  public static RouteTable table(
      Readiness readiness, Collection<Route> kms, Collection<Route> identity) {
    var rows = new ArrayList<Route>();
    rows.addAll(health(readiness));
    rows.addAll(kms);
    identity.forEach(row -> rows.add(row.withErrors(ErrorShape.IDENTITY)));
    return new RouteTable(rows);
  }

  /// For load balancers and the like, some of which ask with HEAD.
  static List<Route> health(Readiness readiness) {
    var up = Answer.text(200, "application/json", "{\"status\":\"UP\"}");
    var down =
        Answer.text(503, "application/json", "{\"status\":\"DOWN\"}").header("Retry-After", "1");
    var live = get("/health/live", OPEN, QUICK, EVENT_LOOP, _ -> up);
    var ready = get("/health/ready", OPEN, QUICK, EVENT_LOOP, _ -> readiness.isReady() ? up : down);
    return List.of(live, live.withMethod("HEAD"), ready, ready.withMethod("HEAD"));
  }
}
