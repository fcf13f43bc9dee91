package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CancelGrantRequest;
import com.huaweicloud.sdk.kms.v2.model.CancelSelfGrantRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateGrantRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateGrantRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateGrantRequestBody.GranteePrincipalTypeEnum;
import com.huaweicloud.sdk.kms.v2.model.Grants;
import com.huaweicloud.sdk.kms.v2.model.ListGrantsRequest;
import com.huaweicloud.sdk.kms.v2.model.ListGrantsRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListRetirableGrantsRequest;
import com.huaweicloud.sdk.kms.v2.model.ListRetirableGrantsRequestBody;
import com.huaweicloud.sdk.kms.v2.model.RevokeGrantRequestBody;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The first tenant owns the keys, the second one is granted their use.
class GrantsTest {
  private static final String NOBODY = "0123456789abcdef0123456789abcdef";

  private final Kms owner = SharedServer.kms();
  private final Kms guest = SharedServer.otherKms();
  private final Http http = SharedServer.http();
  private final String guestDomain = SharedServer.otherTenant().domainId();
  private final String key = owner.newKey();

  @Test
  void createdGrantIsListedAsItWasMade() {
    String id =
        create(
            owner,
            grant(NOBODY, "describe-key", "create-datakey")
                .withName("a-grant:1")
                .withRetiringPrincipal("Abc123"));

    assertThat(id).matches("[0-9a-f]{64}");
    Grants listed = list(owner, key).getFirst();
    assertThat(listed.getGrantId()).isEqualTo(id);
    assertThat(listed.getKeyId()).isEqualTo(key);
    assertThat(listed.getGranteePrincipal()).isEqualTo(NOBODY);
    assertThat(listed.getGranteePrincipalType().getValue()).isEqualTo("user");
    assertThat(listed.getOperations()).containsExactly("create-datakey", "describe-key");
    assertThat(listed.getIssuingPrincipal()).matches("[0-9a-f]{32}");
    assertThat(listed.getCreationDate()).matches("\\d{13}");
    assertThat(listed.getName()).isEqualTo("a-grant:1");
    assertThat(listed.getRetiringPrincipal()).isEqualTo("Abc123");
  }

  @Test
  void withoutAGrantAKeyOfOthersDoesNotExist() {
    refused(404, "KMS.0207", () -> guest.describe(key));
    refused(404, "KMS.0207", () -> guest.encrypt(key, Deks.random(16)));
    refused(404, "KMS.0207", () -> create(guest, grant(NOBODY, "encrypt-data")));
    refused(404, "KMS.0207", () -> list(guest, key));
  }

  @Test
  void grantedOperationsWorkAndNoOthers() {
    create(owner, toDomain("encrypt-datakey", "describe-key"));
    String dek = Deks.random(32);

    var encrypted = guest.encrypt(key, dek);
    assertThat(encrypted.getKeyId()).isEqualTo(key);
    assertThat(guest.describe(key).getKeyId()).isEqualTo(key);
    assertThat(owner.decrypt(key, encrypted.getCipherText()).getDataKey())
        .isEqualToIgnoringCase(dek);
    refused(404, "KMS.0207", () -> guest.decrypt(key, encrypted.getCipherText()));
    var request = new CreateDatakeyRequestBody().withKeyId(key);
    refused(404, "KMS.0207", () -> guest.createDatakey(request));
    refused(404, "KMS.0207", () -> guest.createDatakeyWithoutPlaintext(request));
    refused(404, "KMS.0207", () -> guest.disable(key));
    refused(404, "KMS.0207", () -> guest.scheduleDeletion(key, "7"));

    create(owner, toDomain("decrypt-datakey", "create-datakey"));
    assertThat(guest.decrypt(key, encrypted.getCipherText()).getDataKey())
        .isEqualToIgnoringCase(dek);
    assertThat(guest.createDatakey(request).getKeyId()).isEqualTo(key);
    refused(404, "KMS.0207", () -> guest.createDatakeyWithoutPlaintext(request));
  }

  @Test
  void granteesDecryptWithoutNamingTheKeyAndMoveWhatTheyMayDecrypt() {
    Http there = SharedServer.otherHttp();
    String data =
        http.kms("encrypt-data", Map.of("key_id", key, "plain_text", "text"))
            .ok()
            .text("cipher_text");
    var decrypt = Map.of("cipher_text", data);
    String own = guest.newKey();
    var move = Map.of("cipher_text", data, "destination_key_id", own);
    assertThat(there.kms("decrypt-data", decrypt).code()).isEqualTo("KMS.2201");
    assertThat(there.kms("re-encrypt", move).code()).isEqualTo("KMS.2201");

    create(owner, toDomain("decrypt-data", "describe-key"));
    assertThat(there.kms("decrypt-data", decrypt).ok().text("plain_text")).isEqualTo("text");
    String moved = there.kms("re-encrypt", move).ok().text("cipher_text");
    var back = Map.of("cipher_text", moved, "destination_key_id", key);
    assertThat(there.kms("re-encrypt", back).code()).isEqualTo("KMS.0207");

    create(owner, toDomain("encrypt-data", "describe-key"));
    String again = there.kms("re-encrypt", back).ok().text("cipher_text");
    assertThat(http.kms("decrypt-data", Map.of("cipher_text", again)).ok().text("plain_text"))
        .isEqualTo("text");
  }

  @Test
  void aGrantIsForTheNamedUser() {
    create(owner, grant(NOBODY, "encrypt-datakey"));
    refused(404, "KMS.0207", () -> guest.encrypt(key, Deks.random(16)));
    // The id of a domain is no user's.
    create(owner, grant(guestDomain, "encrypt-datakey"));
    refused(404, "KMS.0207", () -> guest.encrypt(key, Deks.random(16)));
    create(owner, grant(guestUser(), "encrypt-datakey"));
    assertThat(guest.encrypt(key, Deks.random(16)).getKeyId()).isEqualTo(key);
  }

  @Test
  void revokedGrantIsOverAtOnce() {
    String id = create(owner, toDomain("encrypt-datakey"));
    guest.encrypt(key, Deks.random(16));
    guest.encrypt(key, Deks.random(16));

    assertThat(revoke(owner, key, id)).isEqualTo(200);

    refused(404, "KMS.0207", () -> guest.encrypt(key, Deks.random(16)));
    refused("KMS.2501", () -> revoke(owner, key, id));
    assertThat(list(owner, key)).isEmpty();
  }

  @Test
  void aDisabledKeyIsOfNoUseToAGranteeEither() {
    create(owner, toDomain("encrypt-datakey", "describe-key"));
    guest.encrypt(key, Deks.random(16));
    owner.disable(key);
    refused("KMS.0209", () -> guest.encrypt(key, Deks.random(16)));
    assertThat(guest.describe(key).getKeyState()).isEqualTo("3");
  }

  @Test
  void onlyTheOwnerRevokes() {
    String id = create(owner, toDomain("encrypt-datakey", "create-grant", "retire-grant"));
    refused(404, "KMS.0207", () -> revoke(guest, key, id));
    assertThat(list(owner, key)).hasSize(1);
  }

  @Test
  void aGranteeGrantsNoMoreThanTheyHold() {
    create(owner, toDomain("encrypt-datakey", "create-grant"));

    String made = create(guest, grant(NOBODY, "encrypt-datakey"));
    refused(403, "KMS.0306", () -> create(guest, grant(NOBODY, "decrypt-datakey")));
    refused(403, "KMS.0306", () -> create(guest, grant(NOBODY, "encrypt-datakey", "describe-key")));

    assertThat(list(owner, key))
        .filteredOn(grant -> grant.getGrantId().equals(made))
        .singleElement()
        .satisfies(grant -> assertThat(grant.getIssuingPrincipal()).isEqualTo(guestUser()));
    assertThat(retire(guest, key, made)).isEqualTo(200); // its issuer
  }

  @Test
  void granteesWithoutCreateGrantDoNotGrant() {
    create(owner, toDomain("encrypt-datakey"));
    refused(404, "KMS.0207", () -> create(guest, grant(NOBODY, "encrypt-datakey")));
  }

  @Test
  void grantIsRetiredByThoseWhoMay() {
    String withoutRight = create(owner, toDomain("encrypt-datakey"));
    refused(404, "KMS.0207", () -> retire(guest, key, withoutRight));
    assertThat(retire(owner, key, withoutRight)).isEqualTo(200); // its issuer

    String withRight = create(owner, toDomain("encrypt-datakey", "retire-grant"));
    assertThat(guest.encrypt(key, Deks.random(16)).getKeyId()).isEqualTo(key);
    assertThat(retire(guest, key, withRight)).isEqualTo(200);
    refused(404, "KMS.0207", () -> guest.encrypt(key, Deks.random(16)));

    String named =
        create(owner, grant(NOBODY, "encrypt-datakey").withRetiringPrincipal(guestUser()));
    assertThat(retirable(guest)).contains(named);
    assertThat(retirable(owner)).contains(named);
    assertThat(retire(guest, key, named)).isEqualTo(200);
    assertThat(retirable(guest)).doesNotContain(named);

    String byGuest = create(owner, toDomain("encrypt-datakey", "create-grant"));
    String issuedByGuest = create(guest, grant(NOBODY, "encrypt-datakey"));
    refused(403, "KMS.0306", () -> retire(owner, key, issuedByGuest)); // revoke is the owner's
    assertThat(revoke(owner, key, issuedByGuest)).isEqualTo(200);
    assertThat(revoke(owner, key, byGuest)).isEqualTo(200);
  }

  @Test
  void grantAndKeyMustBelongTogether() {
    String id = create(owner, grant(NOBODY, "encrypt-datakey"));
    String other = owner.newKey();
    refused("KMS.2502", () -> revoke(owner, other, id));
    refused("KMS.2502", () -> retire(owner, other, id));
    refused("KMS.2501", () -> revoke(owner, key, "0".repeat(64)));
    refused("KMS.2501", () -> revoke(owner, key, "x"));
    refused("KMS.2501", () -> retire(owner, key, "0".repeat(64)));
    refused("KMS.2501", () -> revoke(guest, guest.newKey(), id));
    assertThat(revoke(owner, key, id.toUpperCase(Locale.ROOT))).isEqualTo(200);
  }

  @Test
  void grantsAreChecked() {
    refused("KMS.2401", () -> create(owner, grant(NOBODY, "create-grant")));
    refused("KMS.0308", () -> create(owner, grant(NOBODY, "sign")));
    refused("KMS.0308", () -> create(owner, grant(NOBODY)));
    refused("KMS.2402", () -> create(owner, grant("", "encrypt-data")));
    refused("KMS.2402", () -> create(owner, grant("a-b", "encrypt-data")));
    refused("KMS.2402", () -> create(owner, grant("a".repeat(65), "encrypt-data")));
    refused(
        "KMS.2402",
        () -> create(owner, grant(NOBODY, "encrypt-data").withRetiringPrincipal("a b")));
    refused("KMS.0308", () -> create(owner, grant(NOBODY, "encrypt-data").withName("a b")));
    refused("KMS.0204", () -> create(owner, grant(null, "encrypt-data")));
    var body =
        Map.of("key_id", key, "grantee_principal", NOBODY, "operations", List.of("encrypt-data"));
    var typed = new HashMap<String, Object>(body);
    typed.put("grantee_principal_type", "group");
    assertThat(http.kms("create-grant", typed).code()).isEqualTo("KMS.0308");
    refused(
        "KMS.1601", () -> list(owner, new ListGrantsRequestBody().withKeyId(key).withLimit("0")));
    refused(
        "KMS.1602", () -> list(owner, new ListGrantsRequestBody().withKeyId(key).withMarker("-1")));
  }

  @Test
  void onlyAnEnabledKeyIsGranted() {
    String empty = new Importer(owner).external("AES_256");
    refused("KMS.1301", () -> create(owner, grant(NOBODY, "encrypt-data").withKeyId(empty)));
    owner.disable(key);
    refused("KMS.0209", () -> create(owner, grant(NOBODY, "encrypt-data")));
    owner.scheduleDeletion(key, "7");
    refused("KMS.0210", () -> create(owner, grant(NOBODY, "encrypt-data")));
    refused(
        "KMS.0211",
        () ->
            create(
                owner,
                grant(NOBODY, "encrypt-data")
                    .withKeyId(owner.describe("alias/ims/default").getKeyId())));
  }

  @Test
  void aKeyHasAtMost100GrantsAnd50ForOne() {
    for (int i = 0; i < 50; i++) {
      create(owner, grant("one", "encrypt-data"));
    }
    refused("KMS.2405", () -> create(owner, grant("one", "encrypt-data")));
    for (int i = 0; i < 50; i++) {
      create(owner, grant("p" + i, "encrypt-data"));
    }
    refused("KMS.2404", () -> create(owner, grant("another", "encrypt-data")));

    assertThat(owner.quotas())
        .anySatisfy(quota -> {
          assertThat(quota.getType().getValue()).isEqualTo("grant_per_CMK");
          assertThat(quota.getUsed()).isEqualTo(100);
          assertThat(quota.getQuota()).isEqualTo(100);
        });
    var page =
        owner
            .client()
            .listGrants(
                new ListGrantsRequest()
                    .withBody(
                        new ListGrantsRequestBody()
                            .withKeyId(key)
                            .withLimit("30")
                            .withMarker("60")));
    assertThat(page.getGrants()).hasSize(30);
    assertThat(page.getTotal()).isEqualTo(100);
    assertThat(page.getNextMarker()).isEqualTo("90");
    assertThat(page.getTruncated()).hasToString("true");
  }

  private String guestUser() {
    String own = guest.newKey();
    create(guest, grant(NOBODY, "encrypt-data").withKeyId(own));
    return list(guest, own).getFirst().getIssuingPrincipal();
  }

  private CreateGrantRequestBody grant(String grantee, String... operations) {
    return new CreateGrantRequestBody()
        .withKeyId(key)
        .withGranteePrincipal(grantee)
        .withOperations(List.of(operations));
  }

  private CreateGrantRequestBody toDomain(String... operations) {
    return grant(guestDomain, operations).withGranteePrincipalType(GranteePrincipalTypeEnum.DOMAIN);
  }

  private static String create(Kms kms, CreateGrantRequestBody body) {
    return kms.client().createGrant(new CreateGrantRequest().withBody(body)).getGrantId();
  }

  private static int revoke(Kms kms, String key, String id) {
    return kms.client()
        .cancelGrant(
            new CancelGrantRequest()
                .withBody(new RevokeGrantRequestBody().withKeyId(key).withGrantId(id)))
        .getHttpStatusCode();
  }

  private static int retire(Kms kms, String key, String id) {
    return kms.client()
        .cancelSelfGrant(
            new CancelSelfGrantRequest()
                .withBody(new RevokeGrantRequestBody().withKeyId(key).withGrantId(id)))
        .getHttpStatusCode();
  }

  private static List<Grants> list(Kms kms, String key) {
    return list(kms, new ListGrantsRequestBody().withKeyId(key));
  }

  private static List<Grants> list(Kms kms, ListGrantsRequestBody body) {
    return kms.client().listGrants(new ListGrantsRequest().withBody(body)).getGrants();
  }

  private static List<String> retirable(Kms kms) {
    return kms
        .client()
        .listRetirableGrants(
            new ListRetirableGrantsRequest().withBody(new ListRetirableGrantsRequestBody()))
        .getGrants()
        .stream()
        .map(Grants::getGrantId)
        .toList();
  }
}
