package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.auth.SigningAlgorithm;
import com.huaweicloud.sdk.core.exception.ClientRequestException;
import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.kms.v2.KmsClient;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ShowUserInstancesRequest;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// Who calls: accounts, projects and access keys, through the SDK.
class CallerTest {
  private final Tenant tenant = SharedServer.tenant();
  private final Tenant other = SharedServer.otherTenant();
  private final Kms kms = Kms.of(tenant);

  private static List<ThrowingCallable> everyCall(Kms kms, String key, String cipherText) {
    var datakey = new CreateDatakeyRequestBody().withKeyId(key);
    return List.of(
        () -> kms.describe(key),
        () -> kms.enable(key),
        () -> kms.disable(key),
        () -> kms.scheduleDeletion(key, "7"),
        () -> kms.cancelDeletion(key),
        () -> kms.updateAlias(key, Names.fresh()),
        () -> kms.updateDescription(key, "d"),
        () -> kms.encrypt(key, Deks.EXAMPLE),
        () -> kms.decrypt(key, cipherText),
        () -> kms.createDatakey(datakey),
        () -> kms.createDatakeyWithoutPlaintext(datakey));
  }

  private static List<ThrowingCallable> everyCallWithoutKey(Kms kms) {
    return List.of(
        kms::newKey,
        () -> kms.list(new ListKeysRequestBody()),
        () -> kms.random("8"),
        kms::instances,
        kms::quotas);
  }

  @Test
  void keyOfAnotherAccountDoesNotExist() {
    String key = kms.newKey();
    String cipherText = kms.encrypt(key, Deks.EXAMPLE).getCipherText();

    for (ThrowingCallable call : everyCall(Kms.of(other), key, cipherText)) {
      refused(404, "KMS.0207", call);
    }
    assertThat(kms.describe(key).getKeyState()).isEqualTo("2");
  }

  @Test
  void projectOfAnotherAccountIsRefused() {
    String key = kms.newKey();
    String cipherText = kms.encrypt(key, Deks.EXAMPLE).getCipherText();
    Kms intruder = Kms.of(other.withProjectId(tenant.projectId()));

    for (ThrowingCallable call : everyCall(intruder, key, cipherText)) {
      refused(403, "KMS.0321", call);
    }
    for (ThrowingCallable call : everyCallWithoutKey(intruder)) {
      refused(403, "KMS.0321", call);
    }
  }

  @Test
  void unknownProjectIsRefused() {
    Kms lost = Kms.of(tenant.withProjectId("0123456789abcdef0123456789abcdef"));

    refused(403, "KMS.0321", lost::newKey);
    refused(403, "KMS.0321", lost::instances);
  }

  @Test
  void wrongSecretKeyIsRefused() {
    Kms wrong = Kms.of(tenant.withSecretKey(other.secretKey()));

    refused(401, "APIGW.0301", wrong::newKey);
    refused(401, "APIGW.0301", wrong::instances);
  }

  @Test
  void unknownAccessKeyIsRefused() {
    refused(401, "APIGW.0301", Kms.of(tenant.withAccessKey("NOSUCHACCESSKEY"))::instances);
  }

  @Test
  void wrongSignaturesDoNotLockOutWhoSignsCorrectly() {
    Kms wrong = Kms.of(tenant.withSecretKey(other.secretKey()));
    for (int i = 0; i < 12; i++) {
      refused(401, "APIGW.0301", wrong::instances);
    }

    kms.instances();
  }

  @Test
  void pathWithoutProjectIdIsRefused() {
    // Without a region either, the SDK leaves a literal {project_id} in the path.
    var client =
        Kms.of(
            tenant.endpoint(),
            new BasicCredentials().withAk(tenant.accessKey()).withSk(tenant.secretKey()));

    assertThatThrownBy(client::instances).isInstanceOf(ClientRequestException.class);
  }

  @Test
  void sdkFindsTheProjectByTheRegionsName() {
    KmsClient client =
        KmsClient.newBuilder()
            .withCredential(
                new BasicCredentials()
                    .withIamEndpoint(tenant.endpoint())
                    .withAk(tenant.accessKey())
                    .withSk(tenant.secretKey()))
            .withRegion(new Region(tenant.projectName(), tenant.endpoint()))
            .withHttpConfig(Kms.config())
            .build();

    client.showUserInstances(new ShowUserInstancesRequest());
  }

  @Test
  void headersOfTheCallersOwnAreSignedToo() {
    String alias = Names.fresh();

    var created =
        kms.client()
            .createKeyInvoker(
                new CreateKeyRequest().withBody(new CreateKeyRequestBody().withKeyAlias(alias)))
            .addHeader("X-Trace", "a  b, c")
            .addHeader("x-auth-token", "not-looked-at")
            .invoke();

    assertThat(created.getKeyInfo().getKeyId()).isNotBlank();
  }

  @Test
  void signatureMayUseSm3() {
    signing(SigningAlgorithm.HMAC_SM3).showUserInstances(new ShowUserInstancesRequest());
  }

  @Test
  void signatureWithAKeyPairIsRefused() {
    KmsClient client = signing(SigningAlgorithm.ECDSA_P256_SHA256);

    refused(401, "APIGW.0301", () -> client.showUserInstances(new ShowUserInstancesRequest()));
  }

  private KmsClient signing(SigningAlgorithm algorithm) {
    return KmsClient.newBuilder()
        .withCredential(
            new BasicCredentials()
                .withAk(tenant.accessKey())
                .withSk(tenant.secretKey())
                .withProjectId(tenant.projectId()))
        .withEndpoints(List.of(tenant.endpoint()))
        .withHttpConfig(Kms.config().withSigningAlgorithm(algorithm))
        .build();
  }
}
