package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody.KeySpecEnum;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody.KeyUsageEnum;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody.OriginEnum;
import com.huaweicloud.sdk.kms.v2.model.KeyDetails;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CreateKeyTest {
  private final Tenant tenant = SharedServer.tenant();
  private final Kms kms = SharedServer.kms();

  private static CreateKeyRequestBody request() {
    return new CreateKeyRequestBody().withKeyAlias(Names.fresh());
  }

  @Test
  void aNameIsAllThatAKeyNeeds() {
    var request = request();
    Instant before = Instant.now();
    var created = kms.createKey(request);

    assertThat(created.getKeyId()).matches("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
    assertThat(created.getDomainId()).isEqualTo(tenant.domainId());
    KeyDetails key = kms.describe(created.getKeyId());
    assertThat(key.getKeyId()).isEqualTo(created.getKeyId());
    assertThat(key.getDomainId()).isEqualTo(tenant.domainId());
    assertThat(key.getKeyAlias()).isEqualTo(request.getKeyAlias());
    assertThat(key.getRealm()).isEqualTo(tenant.region());
    assertThat(key.getKeySpec()).isEqualTo(KeyDetails.KeySpecEnum.AES_256);
    assertThat(key.getKeyUsage()).isEqualTo(KeyDetails.KeyUsageEnum.ENCRYPT_DECRYPT);
    assertThat(key.getKeyDescription()).isEmpty();
    assertThat(Instant.ofEpochMilli(Long.parseLong(key.getCreationDate())))
        .isBetween(before.minus(Duration.ofSeconds(5)), Instant.now().plus(Duration.ofSeconds(5)));
    assertThat(key.getScheduledDeletionDate()).isEmpty();
    assertThat(key.getKeyState()).isEqualTo("2");
    assertThat(key.getDefaultKeyFlag()).isEqualTo("0");
    assertThat(key.getKeyType()).isEqualTo("1");
    assertThat(key.getExpirationTime()).isEmpty();
    assertThat(key.getOrigin()).isEqualTo(KeyDetails.OriginEnum.KMS);
    assertThat(key.getKeyRotationEnabled()).isEqualTo("false");
    assertThat(key.getSysEnterpriseProjectId()).isEqualTo("0");
    assertThat(key.getKeystoreId()).isEqualTo("0");
  }

  @Test
  void everyMemberThatIsSentIsKept() {
    String enterpriseProject = UUID.randomUUID().toString();
    String id =
        kms.createKey(
                request()
                    .withKeySpec(KeySpecEnum.AES_256)
                    .withKeyUsage(KeyUsageEnum.ENCRYPT_DECRYPT)
                    .withOrigin(OriginEnum.KMS)
                    .withKeyDescription("déjà vu, 密")
                    .withEnterpriseProjectId(enterpriseProject)
                    .withKeystoreId("0")
                    .withSequence("919c82d4-8046-4722-9094-35c3c6524cff"))
            .getKeyId();

    KeyDetails key = kms.describe(id);
    assertThat(key.getKeyDescription()).isEqualTo("déjà vu, 密");
    assertThat(key.getSysEnterpriseProjectId()).isEqualTo(enterpriseProject);
    assertThat(key.getKeystoreId()).isEqualTo("0");
  }

  @Test
  void sm4KeyIsMade() {
    KeyDetails key = kms.describe(kms.newSm4Key());

    assertThat(key.getKeySpec()).isEqualTo(KeyDetails.KeySpecEnum.SM4);
    assertThat(key.getKeyUsage()).isEqualTo(KeyDetails.KeyUsageEnum.ENCRYPT_DECRYPT);
    assertThat(key.getKeyState()).isEqualTo("2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ROT_13", "aes_256", "AES_128", " AES_256", "ALL"})
  void unknownSpecIsRefused(String spec) {
    refused("KMS.1110", () -> kms.createKey(request().withKeySpec(KeySpecEnum.fromValue(spec))));
  }

  /// Keys of other kinds wrap no data keys.
  @ParameterizedTest
  @CsvSource({
    "RSA_2048, , SIGN_VERIFY, KMS.0335",
    "RSA_2048, ENCRYPT_DECRYPT, ENCRYPT_DECRYPT, KMS.0325",
    "EC_P256, , SIGN_VERIFY, KMS.0335",
    "EC_P384, , SIGN_VERIFY, KMS.0335",
    "SECP256K1, , SIGN_VERIFY, KMS.0335",
    "ED25519, , SIGN_VERIFY, KMS.0335",
    "SM2, , SIGN_VERIFY, KMS.0335",
    "SM2, ENCRYPT_DECRYPT, ENCRYPT_DECRYPT, KMS.0325",
    "HMAC_256, , GENERATE_VERIFY_MAC, KMS.0341",
    "HMAC_384, , GENERATE_VERIFY_MAC, KMS.0341",
    "HMAC_512, , GENERATE_VERIFY_MAC, KMS.0341",
    "HMAC_SM3, , GENERATE_VERIFY_MAC, KMS.0341"
  })
  void keyOfAnotherKindWrapsNoDatakeys(
      String spec, @Nullable String usage, String usageMade, String code) {
    var request = request().withKeySpec(KeySpecEnum.fromValue(spec));
    if (usage != null) {
      request.withKeyUsage(KeyUsageEnum.fromValue(usage));
    }
    String id = kms.createKey(request).getKeyId();

    KeyDetails key = kms.describe(id);
    assertThat(key.getKeySpec().getValue()).isEqualTo(spec);
    assertThat(key.getKeyUsage().getValue()).isEqualTo(usageMade);
    var create = new CreateDatakeyRequestBody().withKeyId(id);
    refused(code, () -> kms.createDatakey(create));
    refused(code, () -> kms.createDatakeyWithoutPlaintext(create));
    refused(code, () -> kms.encrypt(id, Deks.EXAMPLE));
    refused(code, () -> kms.decrypt(id, "00"));
  }

  @Test
  void usageMustFitTheSpec() {
    refused("KMS.0308", () -> kms.createKey(request().withKeyUsage(KeyUsageEnum.SIGN_VERIFY)));
    refused(
        "KMS.0308",
        () ->
            kms.createKey(
                request()
                    .withKeySpec(KeySpecEnum.SM4)
                    .withKeyUsage(KeyUsageEnum.fromValue("GENERATE_VERIFY_MAC"))));
    refused("KMS.0308", () -> kms.createKey(request().withKeyUsage(KeyUsageEnum.fromValue("EAT"))));
  }

  @Test
  void originIsKmsOrExternal() {
    refused(
        "KMS.0308", () -> kms.createKey(request().withOrigin(OriginEnum.fromValue("elsewhere"))));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a b", "a.b", "a@b", "é", "密", "x/default", "obs/default"})
  void badNameIsRefused(String alias) {
    refused("KMS.1101", () -> kms.createKey(new CreateKeyRequestBody().withKeyAlias(alias)));
  }

  @Test
  void nameHas1To255Characters() {
    String longest = (Names.fresh() + "x".repeat(255)).substring(0, 255);

    String id = kms.createKey(new CreateKeyRequestBody().withKeyAlias(longest)).getKeyId();
    assertThat(kms.describe(id).getKeyAlias()).isEqualTo(longest);
    refused(
        "KMS.1101", () -> kms.createKey(new CreateKeyRequestBody().withKeyAlias(longest + "x")));
  }

  @Test
  void nameMayHaveAllThatThePageAllows() {
    String alias = "aZ09:/_-" + Names.fresh() + "/default/";

    String id = kms.createKey(new CreateKeyRequestBody().withKeyAlias(alias)).getKeyId();

    assertThat(kms.describe(id).getKeyAlias()).isEqualTo(alias);
  }

  @Test
  void nameInUseIsRefused() {
    var request = request();
    kms.createKey(request);

    refused("KMS.1104", () -> kms.createKey(request));
    refused("KMS.1104", () -> kms.createKey(request.withKeySpec(KeySpecEnum.SM4)));
  }

  @Test
  void nameStaysInUseWhileDeletionIsPending() {
    var request = request();
    kms.scheduleDeletion(kms.createKey(request).getKeyId(), "7");

    refused("KMS.1104", () -> kms.createKey(request));
  }

  @Test
  void nameIsOfOneAccountOnly() {
    var request = request();
    Kms other = SharedServer.otherKms();

    assertThat(kms.createKey(request).getKeyId()).isNotEqualTo(other.createKey(request).getKeyId());
  }

  @Test
  void missingNameIsRefused() {
    refused("KMS.0204", () -> kms.createKey(new CreateKeyRequestBody()));
  }

  @Test
  void descriptionHasAtMost255Characters() {
    for (String character : new String[] {"d", "密", "😀"}) {
      String longest = character.repeat(255);
      String id = kms.createKey(request().withKeyDescription(longest)).getKeyId();
      assertThat(kms.describe(id).getKeyDescription()).isEqualTo(longest);
      refused("KMS.1103", () -> kms.createKey(request().withKeyDescription(longest + character)));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "all", "not-a-uuid", "0D0466B0-E727-4D9C-B35D-F84BB474A37F"})
  void badEnterpriseProjectIsRefused(String project) {
    refused("KMS.0308", () -> kms.createKey(request().withEnterpriseProjectId(project)));
  }

  @ParameterizedTest
  @CsvSource({
    "1,400,KMS.0340",
    "2,400,KMS.0340",
    "all,400,KMS.0315",
    "0d0466b0-e727-4d9c-b35d-f84bb474a37f,404,KMS.0316"
  })
  void keystoreThatIsNotThereIsRefused(String keystore, int status, String code) {
    refused(status, code, () -> kms.createKey(request().withKeystoreId(keystore)));
  }

  @Test
  void bindingToAVirtualMachineIsRefused() {
    Http http = SharedServer.http();
    var bound = Map.of("key_alias", Names.fresh(), "vm_id", "0d0466b0-e727-4d9c-b35d-f84bb474a37f");
    assertThat(http.kms("create-key", bound).code()).isEqualTo("KMS.0308");
    http.kms("create-key", Map.of("key_alias", Names.fresh(), "vm_id", "")).ok();
  }

  @Test
  void badSequenceIsRefused() {
    refused("KMS.0206", () -> kms.createKey(request().withSequence("1")));
    refused(
        "KMS.0206",
        () -> kms.createKey(request().withSequence("919c82d4+8046+4722+9094+35c3c6524cff")));
  }

  @Test
  void refusedKeyIsNotMade() {
    var request = request();
    refused("KMS.1103", () -> kms.createKey(request.withKeyDescription("d".repeat(256))));

    kms.createKey(request.withKeyDescription("d")); // the name is still free
  }
}
