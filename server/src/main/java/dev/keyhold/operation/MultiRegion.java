package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Tag;
import dev.keyhold.keyring.TagVault;
import dev.keyhold.replication.Replicator;
import java.util.List;
import java.util.Optional;

/// Keys in several regions: replicating a key, moving its primary region, listing the regions.
/// Source: DEW API Reference, "Multi-Region Keys" (`/v2/`). How regions keep together:
/// docs/multi-region.md.
public final class MultiRegion {
  /// @param keyId as in the path
  /// @param keyAlias the name of the replica; see [KeyName]
  /// @param replicaProjectId of a project there, in the domain of the same name as the caller's
  /// @param tags at most 20, no key twice
  public record ReplicateBody(
      String keyId,
      String replicaRegion,
      String keyAlias,
      String replicaProjectId,
      Optional<String> keyDescription,
      Optional<String> enterpriseProjectId,
      Optional<List<Tags.TagItem>> tags) {
    public ReplicateBody {
      Require.member("key_id", keyId);
      Require.member("replica_region", replicaRegion);
      Require.member("key_alias", keyAlias);
      Require.member("replica_project_id", replicaProjectId);
      tags = tags.map(it -> Require.members("tags", it));
    }
  }

  public record ReplicateRequest(String keyId, ReplicateBody body) {}

  /// @param domainId of the replica's project, an id of its region
  /// @param region the replica's
  public record ReplicateResponse(String keyId, String domainId, String region) {}

  /// @param keyId as in the path
  public record PrimaryBody(String keyId, String primaryRegion) {
    public PrimaryBody {
      Require.member("key_id", keyId);
      Require.member("primary_region", primaryRegion);
    }
  }

  public record PrimaryRequest(String keyId, PrimaryBody body) {}

  public record PrimaryResponse(String keyId, String primaryRegion) {}

  /// @param limit 1 to 1000, default 10
  /// @param offset how many regions to skip, default 0
  public record RegionsRequest(Optional<String> limit, Optional<String> offset) {}

  public record RegionsResponse(List<String> regions) {}

  private final Authorizer authorizer;
  private final Replicator replicator;

  public MultiRegion(Authorizer authorizer, Replicator replicator) {
    this.authorizer = authorizer;
    this.replicator = replicator;
  }

  public ReplicateResponse replicate(Caller caller, ReplicateRequest request) {
    ReplicateBody body = request.body();
    KeyId key = key(request.keyId(), body.keyId());
    KeyName name = KeyName.parseCustom(body.keyAlias());
    String description = KeyLifecycle.description(body.keyDescription().orElse(""));
    String enterpriseProject = KeyLifecycle.enterpriseProject(body.enterpriseProjectId());
    List<Tag> tags = tags(body.tags().orElse(List.of()));
    if (!ProjectId.isWellFormed(body.replicaProjectId())) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "replica_project_id must be 32 lower-case hexadecimal characters.");
    }

    authorizer.require(caller, Action.REPLICATE_KEY, key);

    var wish =
        new Replicator.Wish(
            body.replicaRegion(),
            new ProjectId(body.replicaProjectId()),
            name.text(),
            description,
            enterpriseProject,
            tags);
    String domain = replicator.replicate(caller.project(), key, wish);
    return new ReplicateResponse(key.text(), domain, body.replicaRegion());
  }

  public PrimaryResponse updatePrimary(Caller caller, PrimaryRequest request) {
    KeyId key = key(request.keyId(), request.body().keyId());
    authorizer.require(caller, Action.UPDATE_PRIMARY_REGION, key);
    replicator.movePrimary(caller.project(), key, request.body().primaryRegion());
    return new PrimaryResponse(key.text(), request.body().primaryRegion());
  }

  public RegionsResponse regions(Caller caller, RegionsRequest request) {
    Paging paging = Paging.ofQuery(request.limit(), request.offset());
    authorizer.require(caller, Action.LIST_REGIONS);
    return new RegionsResponse(
        replicator.regions().stream().skip(paging.offset()).limit(paging.limit()).toList());
  }

  private static KeyId key(String inPath, String inBody) {
    KeyId key = KeyId.parse(inPath);
    if (!inBody.equals(inPath)) {
      throw KmsError.INVALID_KEY_ID.rejected("key_id must be the same in path and body.");
    }
    return key;
  }

  private static List<Tag> tags(List<Tags.TagItem> items) {
    if (items.size() > TagVault.MOST_PER_KEY) {
      throw KmsError.TAG_LIST_SIZE.rejected("tags must have at most 20 elements.");
    }
    return items.isEmpty() ? List.of() : Tags.checked(items);
  }
}
