package dev.keyhold.http;

import static dev.keyhold.http.Access.CALLER;
import static dev.keyhold.http.Access.OPEN;
import static dev.keyhold.http.Endpoints.json;
import static dev.keyhold.http.Endpoints.listing;
import static dev.keyhold.http.Endpoints.reading;
import static dev.keyhold.http.Endpoints.telling;
import static dev.keyhold.http.Route.delete;
import static dev.keyhold.http.Route.get;
import static dev.keyhold.http.Route.kib;
import static dev.keyhold.http.Route.post;
import static dev.keyhold.http.RunsOn.EVENT_LOOP;
import static dev.keyhold.http.RunsOn.VIRTUAL_THREAD;

import dev.keyhold.audit.AuditNode;
import dev.keyhold.operation.Aliases;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.DatakeyPairs;
import dev.keyhold.operation.DedicatedKeystores;
import dev.keyhold.operation.Grants;
import dev.keyhold.operation.Identity;
import dev.keyhold.operation.KeyAgreement;
import dev.keyhold.operation.KeyImport;
import dev.keyhold.operation.KeyLifecycle;
import dev.keyhold.operation.KeyQueries;
import dev.keyhold.operation.KeyRotation;
import dev.keyhold.operation.Macs;
import dev.keyhold.operation.MultiRegion;
import dev.keyhold.operation.PasswordChange;
import dev.keyhold.operation.PermanentAccessKeys;
import dev.keyhold.operation.PinCreation;
import dev.keyhold.operation.Projects;
import dev.keyhold.operation.PublicKeys;
import dev.keyhold.operation.RandomData;
import dev.keyhold.operation.ReEncryption;
import dev.keyhold.operation.Signatures;
import dev.keyhold.operation.SmallData;
import dev.keyhold.operation.TagSearch;
import dev.keyhold.operation.Tags;
import dev.keyhold.operation.Versions;
import dev.keyhold.replication.Receiver;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// The API at a glance: every route there is, with its limits and where it runs.
public final class Routes {
  static final Duration QUICK = Duration.ofSeconds(5);

  /// For calls that wait for the store or hash a password.
  static final Duration PATIENT = Duration.ofSeconds(15);

  /// For calls that wait for other regions.
  static final Duration PEERS = Duration.ofSeconds(45);

  /// An encryption_context may have 8192 characters, each of them escaped: 48 KiB, and 29 KiB of
  /// what stands between the 5,000 pairs that JSON has room for. A data key is beside it.
  private static final int CONTEXT = kib(96);

  /// The same beside a plaintext of 4096 bytes, each of them escaped.
  private static final int CONTEXT_AND_DATA = kib(128);

  static final int SMALL = kib(16);

  private Routes() {}

  /// The operations of the KMS API, one object a family.
  public record Kms(
      DataKeys dataKeys,
      PinCreation pinCreation,
      Data data,
      RandomData randomData,
      KeyLifecycle lifecycle,
      KeyQueries queries,
      KeyRotation rotation,
      KeyImport imports,
      Versions versions,
      Aliases aliases,
      Tags tags,
      TagSearch tagSearch,
      Grants grants,
      DedicatedKeystores keystores,
      MultiRegion multiRegion) {}

  /// What keys do beside wrapping data keys.
  public record Data(
      SmallData smallData,
      Macs macs,
      Signatures signatures,
      PublicKeys publicKeys,
      KeyAgreement keyAgreement,
      DatakeyPairs datakeyPairs,
      ReEncryption reEncryption) {}

  /// The operations of the identity API.
  public record Iam(
      Identity identity,
      Projects projects,
      PasswordChange passwordChange,
      PermanentAccessKeys accessKeys) {}

  /// @param receiver of what other regions send; there is no way to send anything without one
  /// @param audit by whom what those have changed is recorded, unless nothing is
  public static RouteTable table(
      Readiness readiness,
      Kms kms,
      Iam iam,
      Optional<Receiver> receiver,
      Optional<AuditNode> audit) {
    List<Route> operations =
        Stream.of(
                kms(kms),
                data(kms.data()).stream().map(row -> row.withRate(Rate.CRYPTO)).toList(),
                rotation(kms.rotation()),
                imports(kms.imports()),
                aliases(kms.aliases()),
                TagRoutes.tags(kms.tags(), kms.tagSearch()),
                grants(kms.grants()),
                KeystoreRoutes.keystores(kms.keystores()),
                RegionRoutes.multiRegion(kms.multiRegion()))
            .flatMap(List::stream)
            .toList();
    return table(
        readiness,
        Stream.concat(
                operations.stream(),
                receiver.map(it -> RegionRoutes.replication(it, audit)).stream())
            .toList(),
        Stream.concat(
                IdentityRoutes.identity(iam).stream(), IdentityRoutes.credentials(iam).stream())
            .toList());
  }

  static RouteTable table(Readiness readiness, List<Route> kms, List<Route> identity) {
    return new RouteTable(
        Stream.of(
                health(readiness),
                description(),
                kms,
                identity.stream().map(row -> row.withErrors(ErrorShape.IDENTITY)).toList())
            .flatMap(List::stream)
            .toList());
  }

  /// For load balancers and the like, some of which ask with HEAD.
  static List<Route> health(Readiness readiness) {
    var up = Answer.text(200, "application/json", Json.write(new Health("UP")).toString());
    var down =
        Answer.text(503, "application/json", Json.write(new Health("DOWN")).toString())
            .header("Retry-After", "1");
    var live =
        get(
            "/health/live",
            OPEN,
            QUICK,
            EVENT_LOOP,
            telling(Contract.answering(Health.class, 200), _ -> up));
    var ready =
        get(
            "/health/ready",
            OPEN,
            QUICK,
            EVENT_LOOP,
            telling(
                Contract.answering(Health.class, 200, 503), _ -> readiness.isReady() ? up : down));
    return List.of(live, live.withMethod("HEAD"), ready, ready.withMethod("HEAD"));
  }

  /// @param status `UP` or `DOWN`
  record Health(String status) {}

  private static List<Route> description() {
    Answer description = ApiDescription.answer();
    return List.of(
        get(
            ApiDescription.PATH,
            OPEN,
            QUICK,
            EVENT_LOOP,
            telling(Contract.answering(Map.class, 200), _ -> description)));
  }

  private static List<Route> kms(Kms kms) {
    DataKeys dataKeys = kms.dataKeys();
    KeyLifecycle lifecycle = kms.lifecycle();
    KeyQueries queries = kms.queries();
    Versions versions = kms.versions();
    return List.of(
        get(
            "/",
            OPEN,
            QUICK,
            EVENT_LOOP,
            telling(
                Contract.answering(Versions.AllResponse.class, 200),
                _ -> Answer.ok(versions.all()))),
        get(
            "/v1.0",
            OPEN,
            QUICK,
            EVENT_LOOP,
            telling(
                Contract.answering(Versions.OneResponse.class, 200),
                _ -> Answer.ok(versions.v1()))),
        hot("encrypt-datakey", CONTEXT, json(DataKeys.EncryptRequest.class, dataKeys::encrypt)),
        hot("decrypt-datakey", CONTEXT, json(DataKeys.DecryptRequest.class, dataKeys::decrypt)),
        hot("create-datakey", CONTEXT, json(DataKeys.CreateRequest.class, dataKeys::create)),
        hot(
            "create-datakey-without-plaintext",
            CONTEXT,
            json(DataKeys.CreateRequest.class, dataKeys::createWithoutPlaintext)),
        slow("create-pin", json(PinCreation.Request.class, kms.pinCreation()::create)),
        hot("gen-random", SMALL, json(RandomData.Request.class, kms.randomData()::generate)),
        slow("create-key", json(KeyLifecycle.CreateRequest.class, lifecycle::create)),
        slow("enable-key", json(KeyLifecycle.KeyRequest.class, lifecycle::enable)),
        slow("disable-key", json(KeyLifecycle.KeyRequest.class, lifecycle::disable)),
        toRegions(
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
        query(
            "user-instances",
            reading(
                200,
                KeyQueries.NoRequest.class,
                _ -> new KeyQueries.NoRequest(),
                queries::instances)),
        query(
            "user-quotas",
            reading(
                200,
                KeyQueries.NoRequest.class,
                _ -> new KeyQueries.NoRequest(),
                queries::quotas)));
  }

  private static List<Route> data(Data data) {
    SmallData smallData = data.smallData();
    Macs macs = data.macs();
    Signatures signatures = data.signatures();
    DatakeyPairs pairs = data.datakeyPairs();
    return List.of(
        hot(
            "encrypt-data",
            CONTEXT_AND_DATA,
            json(SmallData.EncryptRequest.class, smallData::encrypt)),
        hot(
            "decrypt-data",
            CONTEXT_AND_DATA,
            json(SmallData.DecryptRequest.class, smallData::decrypt)),
        hot("generate-mac", SMALL, json(Macs.GenerateRequest.class, macs::generate)),
        hot("verify-mac", SMALL, json(Macs.VerifyRequest.class, macs::verify)),
        slow("sign", json(Signatures.SignRequest.class, signatures::sign)),
        slow("verify", json(Signatures.VerifyRequest.class, signatures::verify)),
        slow("get-publickey", json(PublicKeys.Request.class, data.publicKeys()::get)),
        slow("derive-shared-secret", json(KeyAgreement.Request.class, data.keyAgreement()::derive)),
        slow("create-ec-datakey-pair", CONTEXT, json(DatakeyPairs.Request.class, pairs::createEc)),
        slow(
            "create-rsa-datakey-pair", CONTEXT, json(DatakeyPairs.Request.class, pairs::createRsa)),
        slow("re-encrypt", json(ReEncryption.Request.class, data.reEncryption()::reEncrypt)));
  }

  private static List<Route> rotation(KeyRotation rotation) {
    return List.of(
        slow("enable-key-rotation", json(KeyRotation.Request.class, rotation::enable)),
        slow("disable-key-rotation", json(KeyRotation.Request.class, rotation::disable)),
        slow(
            "update-key-rotation-interval",
            json(KeyRotation.IntervalRequest.class, rotation::updateInterval)),
        slow("get-key-rotation-status", json(KeyRotation.Request.class, rotation::status)),
        toRegions("rotate-on-demand", json(KeyRotation.Request.class, rotation::rotate)));
  }

  private static List<Route> imports(KeyImport imports) {
    return List.of(
        slow(
            "get-parameters-for-import",
            json(KeyImport.ParametersRequest.class, imports::parameters)),
        slow("import-key-material", json(KeyImport.ImportRequest.class, imports::importMaterial)),
        slow(
            "delete-imported-key-material",
            json(KeyImport.DeleteRequest.class, imports::deleteMaterial)));
  }

  private static List<Route> aliases(Aliases aliases) {
    return List.of(
        slow("aliases", json(201, Aliases.CreateRequest.class, aliases::create)),
        remove("aliases", json(204, Aliases.DeleteRequest.class, aliases::delete)),
        slow("alias/associate", json(Aliases.AssociateRequest.class, aliases::associate)),
        query(
            "aliases",
            listing(
                200,
                Aliases.ListRequest.class,
                call ->
                    new Aliases.ListRequest(
                        call.query("key_id"), call.query("limit"), call.query("marker")),
                aliases::list)));
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

  /// Data-plane calls: on the event loop as long as everything they need is in memory.
  private static Route hot(String action, int bodyLimitBytes, Endpoint endpoint) {
    return post(path(action), CALLER, bodyLimitBytes, QUICK, EVENT_LOOP, endpoint)
        .withRate(Rate.CRYPTO);
  }

  /// Calls that always need the store, or compute for long.
  static Route slow(String action, Endpoint endpoint) {
    return slow(action, SMALL, endpoint);
  }

  private static Route slow(String action, int bodyLimitBytes, Endpoint endpoint) {
    return post(path(action), CALLER, bodyLimitBytes, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  /// Calls that ask the regions in which a key has replicas, one after the other.
  private static Route toRegions(String action, Endpoint endpoint) {
    return post(path(action), CALLER, SMALL, PEERS, VIRTUAL_THREAD, endpoint);
  }

  static Route query(String action, Endpoint endpoint) {
    return get(path(action), CALLER, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  static Route remove(String action, Endpoint endpoint) {
    return delete(path(action), CALLER, SMALL, PATIENT, VIRTUAL_THREAD, endpoint);
  }

  private static String path(String action) {
    return "/v1.0/{project_id}/kms/" + action;
  }
}
