package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.GrantVault;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// Grants on keys: create-grant, revoke-grant, retire-grant, list-grants, list-retirable-grants.
/// Source: DEW API Reference, "Grant Management". Who may do what is in [GrantVault].
public final class Grants {
  private static final Pattern GRANT_ID = Pattern.compile("[A-Fa-f0-9]{64}");

  /// @param granteePrincipal a user's or domain's id
  /// @param granteePrincipalType `user`, the default, or `domain`
  /// @param operations some of [GrantOperation], not `create-grant` alone
  /// @param retiringPrincipal who may retire the grant beside its issuer
  public record CreateRequest(
      String keyId,
      String granteePrincipal,
      List<String> operations,
      Optional<String> name,
      Optional<String> retiringPrincipal,
      Optional<String> granteePrincipalType,
      Optional<String> sequence) {
    public CreateRequest {
      Require.member("key_id", keyId);
      Require.member("grantee_principal", granteePrincipal);
      operations = Require.members("operations", operations);
    }
  }

  public record CreateResponse(String grantId) {}

  public record GrantRequest(String keyId, String grantId, Optional<String> sequence) {
    public GrantRequest {
      Require.member("key_id", keyId);
      Require.member("grant_id", grantId);
    }
  }

  /// @param limit 1 to 1000, default 1000
  /// @param marker how many to skip, default 0; `next_marker` of the page before
  public record ListRequest(
      String keyId,
      Optional<WireNumber> limit,
      Optional<WireNumber> marker,
      Optional<String> sequence) {
    public ListRequest {
      Require.member("key_id", keyId);
    }
  }

  public record ListRetirableRequest(
      Optional<WireNumber> limit, Optional<WireNumber> marker, Optional<String> sequence) {}

  /// @param nextMarker empty on the last page
  /// @param truncated `true` or `false`, as text
  public record ListResponse(List<Item> grants, String nextMarker, String truncated, long total) {}

  /// @param creationDate epoch milliseconds, as text
  public record Item(
      String keyId,
      String grantId,
      String granteePrincipal,
      String granteePrincipalType,
      List<String> operations,
      String issuingPrincipal,
      String creationDate,
      String name,
      String retiringPrincipal) {
    private static Item of(Grant grant) {
      return new Item(
          grant.key().text(),
          grant.id(),
          grant.grantee().id(),
          grant.grantee().type().wireName(),
          grant.operationNames(),
          grant.issuer(),
          Long.toString(grant.createdAt().toEpochMilli()),
          grant.name(),
          grant.retiring());
    }
  }

  private final Authorizer authorizer;
  private final GrantVault vault;
  private final InstantSource clock;
  private final int mostPerKey;

  public Grants(Authorizer authorizer, GrantVault vault, InstantSource clock, int mostPerKey) {
    this.authorizer = authorizer;
    this.vault = vault;
    this.clock = clock;
    this.mostPerKey = mostPerKey;
  }

  public CreateResponse create(Caller caller, CreateRequest request) {
    KeyId key = Wire.keyId(request.keyId(), request.sequence());
    var wish =
        new GrantVault.Wish(
            key,
            name(request.name()),
            grantee(request),
            operations(request.operations()),
            Wire.given(request.retiringPrincipal())
                .map(text -> principal("retiring_principal", text))
                .orElse(""));
    authorizer.require(caller, Action.CREATE_GRANT, key);
    Instant now = StoredTime.now(clock);
    return new CreateResponse(vault.create(KeyAccess.party(caller), wish, now, mostPerKey).id());
  }

  public Done revoke(Caller caller, GrantRequest request) {
    KeyId key = Wire.keyId(request.keyId(), request.sequence());
    String id = grantId(request.grantId());
    authorizer.require(caller, Action.REVOKE_GRANT, key);
    vault.revoke(KeyAccess.party(caller), key, id);
    return Done.DONE;
  }

  public Done retire(Caller caller, GrantRequest request) {
    KeyId key = Wire.keyId(request.keyId(), request.sequence());
    String id = grantId(request.grantId());
    authorizer.require(caller, Action.RETIRE_GRANT, key);
    vault.retire(KeyAccess.party(caller), key, id);
    return Done.DONE;
  }

  public ListResponse list(Caller caller, ListRequest request) {
    KeyId key = Wire.keyId(request.keyId(), request.sequence());
    Paging paging = Paging.byMarker(request.limit(), request.marker());
    authorizer.require(caller, Action.LIST_GRANTS, key);
    return response(vault.page(caller.project(), key, paging.offset(), paging.limit()), paging);
  }

  public ListResponse listRetirable(Caller caller, ListRetirableRequest request) {
    Wire.checkSequence(request.sequence());
    Paging paging = Paging.byMarker(request.limit(), request.marker());
    authorizer.require(caller, Action.LIST_GRANTS);
    return response(
        vault.retirable(KeyAccess.party(caller), paging.offset(), paging.limit()), paging);
  }

  private static ListResponse response(GrantVault.Page page, Paging paging) {
    return new ListResponse(
        page.grants().stream().map(Item::of).toList(),
        paging.nextMarker(page.total()),
        Boolean.toString(paging.hasNext(page.total())),
        page.total());
  }

  private static String name(Optional<String> member) {
    Optional<String> name = Wire.given(member);
    if (name.isPresent() && !KeyName.isWellFormed(name.get())) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "name must have 1 to 255 characters of a-z, A-Z, 0-9, ':', '/', '_' and '-'.");
    }
    return name.orElse("");
  }

  private static Grantee grantee(CreateRequest request) {
    Grantee.Type type =
        switch (Wire.given(request.granteePrincipalType()).orElse("user")) {
          case "user" -> Grantee.Type.USER;
          case "domain" -> Grantee.Type.DOMAIN;
          default ->
              throw KmsError.INVALID_PARAMETER.rejected(
                  "grantee_principal_type must be user or domain.");
        };
    return new Grantee(type, principal("grantee_principal", request.granteePrincipal()));
  }

  private static String principal(String member, String text) {
    if (!Grantee.isPrincipal(text)) {
      throw KmsError.INVALID_PRINCIPAL.rejected(member + " must have 1 to 64 letters and digits.");
    }
    return text;
  }

  private static Set<GrantOperation> operations(List<String> names) {
    var operations = EnumSet.noneOf(GrantOperation.class);
    for (String name : names) {
      operations.add(GrantOperation.find(name).orElseThrow(Grants::badOperations));
    }
    if (operations.isEmpty()) {
      throw badOperations();
    }
    if (operations.equals(EnumSet.of(GrantOperation.CREATE_GRANT))) {
      throw KmsError.CREATE_GRANT_ALONE.rejected();
    }
    return operations;
  }

  private static RuntimeException badOperations() {
    List<String> all =
        EnumSet.allOf(GrantOperation.class).stream().map(GrantOperation::wireName).toList();
    return KmsError.INVALID_PARAMETER.rejected(
        "operations must have one or more of " + String.join(", ", all) + ".");
  }

  /// A text that no grant can have as its id is an id of no grant.
  private static String grantId(String text) {
    if (!GRANT_ID.matcher(text).matches()) {
      throw KmsError.GRANT_NOT_FOUND.rejected("grant_id must have 64 hexadecimal characters.");
    }
    return text.toLowerCase(Locale.ROOT);
  }
}
