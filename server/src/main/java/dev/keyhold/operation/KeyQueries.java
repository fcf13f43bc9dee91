package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.Transactions;
import dev.keyhold.keyring.CmkVault;
import dev.keyhold.keyring.GrantVault;
import java.util.List;
import java.util.Optional;

/// Tells about CMKs: list-keys, describe-key, user-instances, user-quotas. Source: DEW API
/// Reference, "Key Query".
public final class KeyQueries {
  private static final String ALL_SPECS = "ALL";
  private static final String ALL_ENTERPRISE_PROJECTS = "all";

  /// @param limit how many keys, 1 to 1000, default 1000
  /// @param marker how many keys to skip, default 0; `next_marker` of the page before
  /// @param keyState a state's number, `1` to `5`
  /// @param keySpec a spec or `ALL`
  public record ListRequest(
      Optional<WireNumber> limit,
      Optional<WireNumber> marker,
      Optional<String> keyState,
      Optional<String> keySpec,
      Optional<String> enterpriseProjectId,
      Optional<String> sequence) {}

  /// @param nextMarker empty on the last page
  /// @param truncated `true` or `false`, as text
  public record ListResponse(
      List<String> keys,
      List<KeyDetails> keyDetails,
      String nextMarker,
      String truncated,
      long total) {}

  public record DescribeRequest(String keyId, Optional<String> sequence) {
    public DescribeRequest {
      Require.member("key_id", keyId);
    }
  }

  public record DescribeResponse(KeyDetails keyInfo) {}

  /// The request of a call that takes nothing.
  public record NoRequest() {}

  public record InstancesResponse(long instanceNum) {}

  public record QuotasResponse(Quotas quotas) {}

  public record Quotas(List<Quota> resources) {}

  public record Quota(String type, long used, long quota) {}

  private final Authorizer authorizer;
  private final KeyReferences references;
  private final KeyAccess access;
  private final GrantVault grants;
  private final CmkVault vault;
  private final Transactions transactions;
  private final String region;
  private final Optional<KeySpec> listedByDefault;
  private final int keyQuota;
  private final int grantQuota;

  /// @param listedByDefault the spec that list-keys lists when the request names none; empty for
  ///   all
  public KeyQueries(
      Authorizer authorizer,
      KeyReferences references,
      KeyAccess access,
      CmkVault vault,
      GrantVault grants,
      Transactions transactions,
      String region,
      Optional<KeySpec> listedByDefault,
      int keyQuota,
      int grantQuota) {
    this.authorizer = authorizer;
    this.references = references;
    this.access = access;
    this.grants = grants;
    this.vault = vault;
    this.transactions = transactions;
    this.region = region;
    this.listedByDefault = listedByDefault;
    this.keyQuota = keyQuota;
    this.grantQuota = grantQuota;
  }

  public ListResponse list(Caller caller, ListRequest request) {
    Wire.checkSequence(request.sequence());
    Paging paging = Paging.byMarker(request.limit(), request.marker());
    var filter =
        new KeyFilter(
            state(request.keyState()),
            spec(request.keySpec()),
            enterpriseProject(request.enterpriseProjectId()));

    authorizer.require(caller, Action.LIST_KEYS);

    return transactions.read(() -> page(caller, filter, paging));
  }

  private ListResponse page(Caller caller, KeyFilter filter, Paging paging) {
    long total = vault.count(caller.project(), filter);
    List<Cmk> page =
        paging.offset() < total
            ? vault.page(caller.project(), filter, paging.offset(), paging.limit())
            : List.of();
    return new ListResponse(
        page.stream().map(cmk -> cmk.id().text()).toList(),
        page.stream().map(cmk -> KeyDetails.of(cmk, region)).toList(),
        paging.nextMarker(total),
        Boolean.toString(paging.hasNext(total)),
        total);
  }

  public DescribeResponse describe(Caller caller, DescribeRequest request) {
    KeyReference reference = KeyReference.parse(request.keyId());
    Wire.checkSequence(request.sequence());
    KeyId id = references.permitted(caller, Action.GET_KEY, reference);
    return new DescribeResponse(KeyDetails.of(access.describe(caller, id), region));
  }

  public InstancesResponse instances(Caller caller, NoRequest request) {
    authorizer.require(caller, Action.GET_INSTANCES);
    return new InstancesResponse(vault.countCustom(caller.project()));
  }

  public QuotasResponse quotas(Caller caller, NoRequest request) {
    authorizer.require(caller, Action.GET_QUOTA);
    return new QuotasResponse(
        new Quotas(
            List.of(
                new Quota("CMK", vault.countCustom(caller.project()), keyQuota),
                new Quota("grant_per_CMK", grants.mostOnOneKey(caller.project()), grantQuota))));
  }

  private static Optional<String> state(Optional<String> member) {
    Optional<String> state = Wire.given(member);
    if (state.isPresent() && !state.get().matches("[1-5]")) {
      throw KmsError.INVALID_PARAMETER.rejected("key_state must be a digit from 1 to 5.");
    }
    return state;
  }

  private Optional<KeySpec> spec(Optional<String> member) {
    Optional<String> spec = Wire.given(member);
    if (spec.isEmpty()) {
      return listedByDefault;
    }
    return spec.filter(name -> !name.equals(ALL_SPECS)).map(KeyQueries::known);
  }

  /// A filter, and so not answered with create-key's code.
  private static KeySpec known(String spec) {
    return KeySpec.find(spec)
        .orElseThrow(() ->
            KmsError.INVALID_PARAMETER.rejected(
                "key_spec must be " + ALL_SPECS + " or one of " + KeySpec.names() + "."));
  }

  private static Optional<String> enterpriseProject(Optional<String> member) {
    Optional<String> project = Wire.given(member).filter(id -> !id.equals(ALL_ENTERPRISE_PROJECTS));
    if (project.isPresent() && !project.get().equals("0") && !KeyId.isWellFormed(project.get())) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "enterprise_project_id must be 0, all or a lower-case UUID.");
    }
    return project;
  }
}
