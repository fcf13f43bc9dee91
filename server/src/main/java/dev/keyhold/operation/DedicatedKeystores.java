package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Keystores;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Dedicated keystores: `…/keystores`. Source: DEW API Reference, "Keystore Management". What one
/// is here: docs/keystores.md.
public final class DedicatedKeystores {
  private static final String ENABLED = "ENABLE";

  private static final String DISABLED = "DISABLE";
  private static final String TYPE = "DHSM";

  /// @param keystoreAlias 1 to 255 characters of `[a-zA-Z0-9:/_-]`, unique within the domain
  /// @param hsmClusterId by the operator's name for it; absent for the one there is
  /// @param hsmCaCert not used: how the HSM is reached is the operator's affair
  /// @param clusterId of the other type, `CDMS`, which is not offered
  /// @param keystoreType `DHSM` or its digit `1`
  public record CreateRequest(
      String keystoreAlias,
      Optional<String> hsmClusterId,
      Optional<String> hsmCaCert,
      Optional<String> clusterId,
      Optional<String> keystoreType) {
    public CreateRequest {
      Require.member("keystore_alias", keystoreAlias);
    }
  }

  /// @param limit 1 to 1000, default 10
  /// @param offset how many keystores to skip, default 0
  public record ListRequest(Optional<String> limit, Optional<String> offset) {}

  /// @param keystoreId from the path
  public record KeystoreRequest(String keystoreId) {}

  public record CreateResponse(CreatedKeystore keystore) {}

  public record CreatedKeystore(String keystoreId, String domainId) {}

  public record ListResponse(long total, List<KeystoreDetails> keystores) {}

  public record ShowResponse(KeystoreDetails keystore) {}

  /// @param createTime in milliseconds since 1970
  public record KeystoreDetails(
      String keystoreId,
      String domainId,
      String keystoreAlias,
      String keystoreType,
      String hsmClusterId,
      String createTime) {}

  public record StateResponse(KeystoreAndState keystore) {}

  /// @param keystoreState `ENABLE` or `DISABLE`; the cloud does not publish its values
  public record KeystoreAndState(String keystoreId, String keystoreState) {}

  private final Authorizer authorizer;
  private final Keystores keystores;
  private final Keyring keyring;
  private final InstantSource clock;

  public DedicatedKeystores(
      Authorizer authorizer, Keystores keystores, Keyring keyring, InstantSource clock) {
    this.authorizer = authorizer;
    this.keystores = keystores;
    this.keyring = keyring;
    this.clock = clock;
  }

  public CreateResponse create(Caller caller, CreateRequest request) {
    AliasName name =
        AliasName.find(request.keystoreAlias())
            .orElseThrow(() ->
                KmsError.INVALID_PARAMETER.rejected(
                    "keystore_alias must have 1 to 255 characters of a-z, A-Z, 0-9, ':', '/', '_'"
                        + " and '-'."));
    Wire.given(request.keystoreType()).ifPresent(DedicatedKeystores::checkType);
    if (Wire.given(request.clusterId()).isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected("cluster_id must be absent: it is CDMS's.");
    }
    authorizer.require(caller, Action.CREATE_KEYSTORE);
    String cluster = keystores.cluster();
    if (Wire.given(request.hsmClusterId()).filter(id -> !id.equals(cluster)).isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "hsm_cluster_id must name a cluster of this server, or be absent.");
    }
    DomainId domain = domain(caller);
    Keystore made = keystores.create(domain, name, StoredTime.now(clock));
    return new CreateResponse(new CreatedKeystore(made.id().text(), made.domain().text()));
  }

  private static void checkType(String type) {
    switch (type) {
      case TYPE, "1" -> {}
      case "DEFAULT", "0", "CDMS", "2" ->
          throw KmsError.INVALID_PARAMETER.rejected(
              "keystore_type must be DHSM: there are no others to be made here.");
      default ->
          throw KmsError.INVALID_PARAMETER.rejected(
              "keystore_type must be DEFAULT, DHSM or CDMS, and here DHSM.");
    }
  }

  public ListResponse list(Caller caller, ListRequest request) {
    Paging paging = Paging.ofQuery(request.limit(), request.offset());
    authorizer.require(caller, Action.LIST_KEYSTORES);
    List<KeystoreDetails> page =
        keystores.page(domain(caller), paging.offset(), paging.limit()).stream()
            .map(DedicatedKeystores::details)
            .toList();
    return new ListResponse(keystores.count(domain(caller)), page);
  }

  public ShowResponse show(Caller caller, KeystoreRequest request) {
    KeystoreId id = KeystoreId.parse(request.keystoreId());
    authorizer.require(caller, Action.GET_KEYSTORE);
    return new ShowResponse(details(keystores.load(domain(caller), id)));
  }

  public Done delete(Caller caller, KeystoreRequest request) {
    KeystoreId id = KeystoreId.parse(request.keystoreId());
    authorizer.require(caller, Action.DELETE_KEYSTORE);
    keystores.delete(domain(caller), id);
    keyring.invalidate(id);
    return Done.DONE;
  }

  public StateResponse enable(Caller caller, KeystoreRequest request) {
    KeystoreId id = KeystoreId.parse(request.keystoreId());
    authorizer.require(caller, Action.ENABLE_KEYSTORE);
    return state(keystores.enable(domain(caller), id));
  }

  public StateResponse disable(Caller caller, KeystoreRequest request) {
    KeystoreId id = KeystoreId.parse(request.keystoreId());
    authorizer.require(caller, Action.DISABLE_KEYSTORE);
    Keystore disabled = keystores.disable(domain(caller), id);
    keyring.invalidate(id);
    return state(disabled);
  }

  private static DomainId domain(Caller caller) {
    return caller.principal().domain();
  }

  private static StateResponse state(Keystore keystore) {
    return new StateResponse(
        new KeystoreAndState(keystore.id().text(), keystore.enabled() ? ENABLED : DISABLED));
  }

  private static KeystoreDetails details(Keystore keystore) {
    return new KeystoreDetails(
        keystore.id().text(),
        keystore.domain().text(),
        keystore.name().text(),
        TYPE,
        keystore.cluster(),
        Long.toString(keystore.createdAt().toEpochMilli()));
  }
}
