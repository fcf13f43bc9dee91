package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.AliasVault;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Aliases of keys: `POST`, `DELETE` and `GET …/kms/aliases`, `POST …/kms/alias/associate`. Source:
/// DEW API Reference, "Alias Management".
public final class Aliases {
  public record CreateRequest(String keyId, String alias) {
    public CreateRequest {
      Require.member("key_id", keyId);
      Require.member("alias", alias);
    }
  }

  /// @param aliases all of the key's own: all are deleted or none
  public record DeleteRequest(String keyId, List<String> aliases) {
    public DeleteRequest {
      Require.member("key_id", keyId);
      aliases = Require.members("aliases", aliases);
    }
  }

  public record AssociateRequest(String alias, String targetKeyId) {
    public AssociateRequest {
      Require.member("alias", alias);
      Require.member("target_key_id", targetKeyId);
    }
  }

  /// @param keyId of the key whose aliases are listed; absent for those of all keys
  /// @param limit 1 to 1000, default 1000
  /// @param marker `next_marker` of the page before
  public record ListRequest(
      Optional<String> keyId, Optional<String> limit, Optional<String> marker) {}

  /// @param createTime ISO 8601 in UTC, whole seconds
  public record AliasEntity(
      String domainId,
      String keyId,
      String alias,
      String aliasUrn,
      String createTime,
      String updateTime) {}

  /// @param nextMarker empty on the last page
  public record PageInfo(String nextMarker, int currentCount) {}

  /// The one element of the array that is answered: the official SDK can't read an object there.
  public record Page(List<AliasEntity> aliases, PageInfo pageInfo) {}

  private final Authorizer authorizer;
  private final AliasVault vault;
  private final InstantSource clock;
  private final String region;

  public Aliases(Authorizer authorizer, AliasVault vault, InstantSource clock, String region) {
    this.authorizer = authorizer;
    this.vault = vault;
    this.clock = clock;
    this.region = region;
  }

  public AliasEntity create(Caller caller, CreateRequest request) {
    KeyId key = KeyId.parse(request.keyId());
    AliasName name = AliasName.parseCustom(request.alias());
    authorizer.require(caller, Action.CREATE_ALIAS, key);
    return entity(vault.create(caller.project(), key, name, now()));
  }

  public Done delete(Caller caller, DeleteRequest request) {
    KeyId key = KeyId.parse(request.keyId());
    if (request.aliases().isEmpty()) {
      throw KmsError.INVALID_PARAMETER.rejected("aliases must name at least one alias.");
    }
    // Named twice is deleted once.
    var names = new LinkedHashSet<AliasName>();
    request.aliases().forEach(alias -> names.add(AliasName.parse(alias)));
    authorizer.require(caller, Action.DELETE_ALIAS, key);
    vault.delete(caller.project(), key, List.copyOf(names));
    return Done.DONE;
  }

  public AliasEntity associate(Caller caller, AssociateRequest request) {
    KeyId target = keyId("target_key_id", request.targetKeyId());
    AliasName name = AliasName.parse(request.alias());
    authorizer.require(caller, Action.ASSOCIATE_ALIAS, target);
    return entity(
        vault.associate(caller.principal().domain(), caller.project(), name, target, now()));
  }

  public List<Page> list(Caller caller, ListRequest request) {
    Optional<KeyId> key = Wire.given(request.keyId()).map(KeyId::parse);
    int limit = Paging.limit(request.limit().map(WireNumber::new), Paging.MOST_LIMIT);
    String after =
        Wire.given(request.marker())
            .map(marker -> AliasName.find(marker).orElseThrow(Aliases::badMarker).text())
            .orElse("");
    authorizer.require(caller, Action.LIST_ALIASES);
    // One more than asked for tells whether there is another page.
    List<Alias> found = vault.page(caller.project(), key, after, limit + 1);
    List<Alias> page = found.subList(0, Math.min(limit, found.size()));
    String next = found.size() > limit ? page.getLast().name().text() : "";
    return List.of(
        new Page(page.stream().map(this::entity).toList(), new PageInfo(next, page.size())));
  }

  private static RuntimeException badMarker() {
    return KmsError.INVALID_MARKER.rejected("marker must be the next_marker of a page.");
  }

  private static KeyId keyId(String member, String text) {
    if (!KeyId.isWellFormed(text)) {
      throw KmsError.INVALID_KEY_ID.rejected(
          member + " must be a lower-case UUID of 36 characters.");
    }
    return new KeyId(text);
  }

  private Instant now() {
    return StoredTime.now(clock);
  }

  private AliasEntity entity(Alias alias) {
    return new AliasEntity(
        alias.domain().text(),
        alias.key().text(),
        alias.name().text(),
        KeyReference.urn(region, alias),
        seconds(alias.createdAt()),
        seconds(alias.updatedAt()));
  }

  private static String seconds(Instant instant) {
    return instant.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
