package dev.keyhold.http;

import static dev.keyhold.http.Access.CALLER;
import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Access.PRINCIPAL;
import static dev.keyhold.http.Endpoints.json;
import static dev.keyhold.http.Endpoints.reading;
import static dev.keyhold.http.Route.delete;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.kib;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.RunsOn.EVENT_LOOP;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.operation.Aliases;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.Grants;
import dev.keyhold.operation.Identity;
import dev.keyhold.operation.KeyLifecycle;
import dev.keyhold.operation.KeyQueries;
import dev.keyhold.operation.Projects;
import dev.keyhold.operation.RandomData;
import dev.keyhold.operation.TagSearch;
import dev.keyhold.operation.Tags;
import dev.keyhold.operation.TokenRequest;
import dev.keyhold.operation.Versions;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/// The API at a glance: every route there is, with its limits and where it runs.
public final class Routes {
  private static final Duration QUICK = Duration.ofSeconds(5);

  /// For calls that wait for the store or hash a password.
  private static final Duration PATIENT = Duration.ofSeconds(15);

  /// An encryption_context may have 8192 characters, each of them escaped.
  private static final int CONTEXT = kib(64);

  private static final int SMALL = kib(16);

  private Routes() {}

  /// The operations of the KMS API, one object a family.
  public record Kms(
      DataKeys dataKeys,
      RandomData randomData,
      KeyLifecycle lifecycle,
      KeyQueries queries,
      Versions versions,
      Aliases aliases,
      Tags tags,
      TagSearch tagSearch,
      Grants grants) {}

  /// The operations of the identity API.
  public record Iam(Identity identity, Projects projects) {}

  public static RouteTable table(Readiness readiness, Kms kms, Iam iam) {
    return table(
        readiness,
        Stream.of(
                kms(kms),
                aliases(kms.aliases()),
                tags(kms.tags(), kms.tagSearch()),
                grants(kms.grants()))
            .flatMap(List::stream)
            .toList(),
        identity(iam));
  }

  static RouteTable table(Readiness readiness, List<Route> kms, List<Route> identity) {
    return new RouteTable(
        Stream.of(
                health(readiness),
                kms,
                identity.stream().map(row -> row.withErrors(ErrorShape.IDENTITY)).toList())
            .flatMap(List::stream)
            .toList());
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

  private static List<Route> kms(Kms kms) {
    DataKeys dataKeys = kms.dataKeys();
    KeyLifecycle lifecycle = kms.lifecycle();
    KeyQueries queries = kms.queries();
    Versions versions = kms.versions();
    return List.of(
        get("/", OPEN, QUICK, EVENT_LOOP, _ -> Answer.ok(versions.all())),
        get("/v1.0", OPEN, QUICK, EVENT_LOOP, _ -> Answer.ok(versions.v1())),
        hot("encrypt-datakey", CONTEXT, json(DataKeys.EncryptRequest.class, dataKeys::encrypt)),
        hot("decrypt-datakey", CONTEXT, json(DataKeys.DecryptRequest.class, dataKeys::decrypt)),
        hot("create-datakey", CONTEXT, json(DataKeys.CreateRequest.class, dataKeys::create)),
        hot(
            "create-datakey-without-plaintext",
            CONTEXT,
            json(DataKeys.CreateRequest.class, dataKeys::createWithoutPlaintext)),
        hot("gen-random", SMALL, json(RandomData.Request.class, kms.randomData()::generate)),
        slow("create-key", json(KeyLifecycle.CreateRequest.class, lifecycle::create)),
        slow("enable-key", json(KeyLifecycle.KeyRequest.class, lifecycle::enable)),
        slow("disable-key", json(KeyLifecycle.KeyRequest.class, lifecycle::disable)),
        slow(
            "schedule-key-deletion",
            json(KeyLifecycle.ScheduleDeletionRequest.class, lifecycle::scheduleDeletion)),
        slow("cancel-key-deletion", json(KeyLifecycle.KeyRequest.class, lifecycle::cancelDeletion)),
        slow(
            "update-key-alias",
            json(KeyLifecycle.UpdateAliasRequest.class, lifecycle::updateAlias)),
        slow(
            "update-key-description",
            json(KeyLifecycle.UpdateDescriptionRequest.class, lifecycle::updateDescription)),
        slow("list-keys", json(KeyQueries.ListRequest.class, queries::list)),
        slow("describe-key", json(KeyQueries.DescribeRequest.class, queries::describe)),
        query("user-instances", reading(200, _ -> new KeyQueries.NoRequest(), queries::instances)),
        query("user-quotas", reading(200, _ -> new KeyQueries.NoRequest(), queries::quotas)));
  }

  private static List<Route> aliases(Aliases aliases) {
    return List.of(
        slow("aliases", json(201, Aliases.CreateRequest.class, aliases::create)),
        remove("aliases", json(204, Aliases.DeleteRequest.class, aliases::delete)),
        slow("alias/associate", json(Aliases.AssociateRequest.class, aliases::associate)),
        query(
            "aliases",
            reading(
                200,
                call ->
                    new Aliases.ListRequest(
                        call.query("key_id"), call.query("limit"), call.query("marker")),
                aliases::list)));
  }

  private static List<Route> tags(Tags tags, TagSearch search) {
    var create = Json.reader(Tags.CreateBody.class);
    var batch = Json.reader(Tags.BatchBody.class);
    var found = Json.reader(TagSearch.Body.class);
    return List.of(
        slow(
            "{key_id}/tags",
            reading(
                204,
                call -> new Tags.CreateRequest(call.path("key_id"), call.json(create)),
                tags::create)),
        slow(
            "{key_id}/tags/action",
            reading(
                204,
                call -> new Tags.BatchRequest(call.path("key_id"), call.json(batch)),
                tags::batch)),
        remove(
            "{key_id}/tags/{key}",
            reading(
                204,
                call -> new Tags.DeleteRequest(call.path("key_id"), call.path("key")),
                tags::delete)),
        // A tag may be called as the call above is.
        remove(
            "{key_id}/tags/action",
            reading(
                204, call -> new Tags.DeleteRequest(call.path("key_id"), "action"), tags::delete)),
        query(
            "{key_id}/tags",
            reading(200, call -> new Tags.ShowRequest(call.path("key_id")), tags::show)),
        query("tags", reading(200, _ -> new Tags.ListRequest(), tags::list)),
        slow(
            "{resource_type}/action",
            reading(
                200,
                call -> new TagSearch.Request(call.path("resource_type"), call.json(found)),
                search::search)));
  }

  private static List<Route> grants(Grants grants) {
    return List.of(
        slow("create-grant", json(Grants.CreateRequest.class, grants::create)),
        slow("revoke-grant", json(Grants.GrantRequest.class, grants::revoke)),
        slow("retire-grant", json(Grants.GrantRequest.class, grants::retire)),
        slow("list-grants", json(Grants.ListRequest.class, grants::list)),
        slow(
            "list-retirable-grants",
            json(Grants.ListRetirableRequest.class, grants::listRetirable)));
  }

  private static List<Route> identity(Iam iam) {
    Identity identity = iam.identity();
    Projects projects = iam.projects();
    var tokenRequest = Json.reader(TokenRequest.class);
    return List.of(
        post(
            "/v3/auth/tokens",
            OPEN,
            SMALL,
            PATIENT,
            VIRTUAL_THREAD,
            call -> {
              try (TokenRequest request = call.json(tokenRequest)) {
                return token(
                    201,
                    identity.issue(request, call.query("nocatalog"), call.head().remoteAddress()));
              }
            }),
        get(
            "/v3/auth/tokens",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            call ->
                token(
                    200,
                    identity.show(
                        call.principal(),
                        call.head().header("x-subject-token"),
                        call.query("nocatalog")))),
        get(
            "/v3/projects",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            call -> Answer.ok(projects.list(call.principal(), projectQuery(call)))),
        get(
            "/v3/auth/projects",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            call -> Answer.ok(projects.own(call.principal()))),
        get(
            "/v3/auth/domains",
            PRINCIPAL,
            QUICK,
            VIRTUAL_THREAD,
            call -> Answer.ok(projects.domains(call.principal()))));
  }

  private static Projects.Query projectQuery(Exchange call) {
    return new Projects.Query(
        call.query("name"),
        call.query("domain_id"),
        call.query("parent_id"),
        call.query("enabled"),
        call.query("is_domain"),
        call.query("page"),
        call.query("per_page"));
  }

  private static Answer token(int status, Identity.SubjectToken token) {
    return Answer.json(status, token.body()).header("X-Subject-Token", token.subjectToken());
  }

  /// Data-plane calls: on the event loop as long as everything they need is in memory.
  private static Route hot(String action, int bodyLimitBytes, Endpoint endpoint) {
    return post(path(action), CALLER, bodyLimitBytes, QUICK, EVENT_LOOP, endpoint);
  }

  /// Calls that always need the store.
  private static Route slow(String action, Endpoint endpoint) {
    return post(path(action), CALLER, SMALL, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  private static Route query(String action, Endpoint endpoint) {
    return get(path(action), CALLER, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  private static Route remove(String action, Endpoint endpoint) {
    return delete(path(action), CALLER, SMALL, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  private static String path(String action) {
    return "/v1.0/{project_id}/kms/" + action;
  }
}
