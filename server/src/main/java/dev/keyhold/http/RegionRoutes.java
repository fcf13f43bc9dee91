package dev.keyhold.http;

import static dev.keyhold.http.Access.CALLER;
import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Endpoints.reading;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.kib;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.Routes.PATIENT;
import static dev.keyhold.http.Routes.PEERS;
import static dev.keyhold.http.Routes.QUICK;
import static dev.keyhold.http.Routes.SMALL;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.audit.AuditNode;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.operation.MultiRegion;
import dev.keyhold.replication.Peers;
import dev.keyhold.replication.Receiver;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The rows of multi-region keys: for callers, and for other regions.
final class RegionRoutes {
  private RegionRoutes() {}

  static List<Route> multiRegion(MultiRegion multiRegion) {
    var replicate = Json.reader(MultiRegion.ReplicateBody.class);
    var primary = Json.reader(MultiRegion.PrimaryBody.class);
    return List.of(
        post(
            "/v2/{project_id}/kms/keys/{key_id}/replicate",
            CALLER,
            SMALL,
            PEERS,
            VIRTUAL_THREAD,
            reading(
                200,
                MultiRegion.ReplicateRequest.class,
                call -> new MultiRegion.ReplicateRequest(call.path("key_id"), call.json(replicate)),
                multiRegion::replicate)),
        post(
                "/v2/{project_id}/kms/keys/{key_id}/update-primary-region",
                CALLER,
                SMALL,
                PEERS,
                VIRTUAL_THREAD,
                reading(
                    200,
                    MultiRegion.PrimaryRequest.class,
                    call -> new MultiRegion.PrimaryRequest(call.path("key_id"), call.json(primary)),
                    multiRegion::updatePrimary))
            .withMethod("PUT"),
        get(
            "/v2/{project_id}/kms/regions",
            CALLER,
            QUICK,
            VIRTUAL_THREAD,
            reading(
                200,
                MultiRegion.RegionsRequest.class,
                call -> new MultiRegion.RegionsRequest(call.query("limit"), call.query("offset")),
                multiRegion::regions)));
  }

  /// Authenticates by itself: callers are servers, and no users.
  ///
  /// @param audit by whom what they have changed is recorded, unless nothing is
  static Route replication(Receiver receiver, Optional<AuditNode> audit) {
    return post(
        Peers.PATH,
        OPEN,
        kib(192),
        PATIENT,
        VIRTUAL_THREAD,
        call ->
            Answer.bytes(
                audit.isPresent()
                    ? AuditScope.upkeep(
                        audit.get(), "receive-replica", () -> receive(receiver, call))
                    : receive(receiver, call)));
  }

  private static byte[] receive(Receiver receiver, Exchange call) {
    return receiver.receive(
        call.head().header(Peers.FROM.toLowerCase(Locale.ROOT)),
        call.head().header(Peers.TO.toLowerCase(Locale.ROOT)),
        call.head().header(Peers.DATE.toLowerCase(Locale.ROOT)),
        call.body());
  }
}
