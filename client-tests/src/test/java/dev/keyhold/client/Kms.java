package dev.keyhold.client;

import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import com.huaweicloud.sdk.core.http.HttpConfig;
import com.huaweicloud.sdk.kms.v2.KmsClient;
import com.huaweicloud.sdk.kms.v2.model.CancelKeyDeletionRequest;
import com.huaweicloud.sdk.kms.v2.model.CancelKeyDeletionResponse;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyResponse;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyWithoutPlaintextRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyWithoutPlaintextResponse;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.CreateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateRandomRequest;
import com.huaweicloud.sdk.kms.v2.model.DecryptDatakeyRequest;
import com.huaweicloud.sdk.kms.v2.model.DecryptDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.DecryptDatakeyResponse;
import com.huaweicloud.sdk.kms.v2.model.DeleteKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.DeleteKeyResponse;
import com.huaweicloud.sdk.kms.v2.model.DisableKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.EnableKeyRequest;
import com.huaweicloud.sdk.kms.v2.model.EncryptDatakeyRequest;
import com.huaweicloud.sdk.kms.v2.model.EncryptDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.EncryptDatakeyResponse;
import com.huaweicloud.sdk.kms.v2.model.GenRandomRequestBody;
import com.huaweicloud.sdk.kms.v2.model.KeKInfo;
import com.huaweicloud.sdk.kms.v2.model.KeyAliasInfo;
import com.huaweicloud.sdk.kms.v2.model.KeyDescriptionInfo;
import com.huaweicloud.sdk.kms.v2.model.KeyDetails;
import com.huaweicloud.sdk.kms.v2.model.KeyStatusInfo;
import com.huaweicloud.sdk.kms.v2.model.ListKeyDetailRequest;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequest;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysResponse;
import com.huaweicloud.sdk.kms.v2.model.OperateKeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.Resources;
import com.huaweicloud.sdk.kms.v2.model.ScheduleKeyDeletionRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ShowUserInstancesRequest;
import com.huaweicloud.sdk.kms.v2.model.ShowUserQuotasRequest;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyAliasRequest;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyAliasRequestBody;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyDescriptionRequest;
import com.huaweicloud.sdk.kms.v2.model.UpdateKeyDescriptionRequestBody;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/// The official SDK's client, unmodified, with the request objects unwrapped: a test says what it
/// sends and looks at what came back. Method names are the API's, where the SDK's differ.
record Kms(KmsClient client) {

  /// Signs with the tenant's access key.
  static Kms of(Tenant tenant) {
    return of(tenant, config());
  }

  static Kms of(Tenant tenant, HttpConfig config) {
    return of(tenant.endpoint(), credentials(tenant), config);
  }

  static Kms of(String endpoint, BasicCredentials credentials) {
    return of(endpoint, credentials, config());
  }

  private static Kms of(String endpoint, BasicCredentials credentials, HttpConfig config) {
    return new Kms(
        KmsClient.newBuilder()
            .withCredential(credentials)
            .withEndpoints(List.of(endpoint))
            .withHttpConfig(config)
            .build());
  }

  private static BasicCredentials credentials(Tenant tenant) {
    return new BasicCredentials()
        .withAk(tenant.accessKey())
        .withSk(tenant.secretKey())
        .withProjectId(tenant.projectId());
  }

  static HttpConfig config() {
    return HttpConfig.getDefaultHttpConfig().withConnectionTimeout(20).withReadTimeout(20);
  }

  KeKInfo createKey(CreateKeyRequestBody body) {
    return client.createKey(new CreateKeyRequest().withBody(body)).getKeyInfo();
  }

  /// A new AES_256 key.
  String newKey() {
    return createKey(new CreateKeyRequestBody().withKeyAlias(Names.fresh())).getKeyId();
  }

  String newSm4Key() {
    return createKey(
            new CreateKeyRequestBody()
                .withKeyAlias(Names.fresh())
                .withKeySpec(CreateKeyRequestBody.KeySpecEnum.SM4))
        .getKeyId();
  }

  String newDisabledKey() {
    String key = newKey();
    disable(key);
    return key;
  }

  String newKeyPendingDeletion() {
    String key = newKey();
    scheduleDeletion(key, "7");
    return key;
  }

  KeyStatusInfo enable(String keyId) {
    return enable(new OperateKeyRequestBody().withKeyId(keyId));
  }

  KeyStatusInfo enable(OperateKeyRequestBody body) {
    return client.enableKey(new EnableKeyRequest().withBody(body)).getKeyInfo();
  }

  KeyStatusInfo disable(String keyId) {
    return disable(new OperateKeyRequestBody().withKeyId(keyId));
  }

  KeyStatusInfo disable(OperateKeyRequestBody body) {
    return client.disableKey(new DisableKeyRequest().withBody(body)).getKeyInfo();
  }

  DeleteKeyResponse scheduleDeletion(String keyId, String pendingDays) {
    return scheduleDeletion(
        new ScheduleKeyDeletionRequestBody().withKeyId(keyId).withPendingDays(pendingDays));
  }

  DeleteKeyResponse scheduleDeletion(ScheduleKeyDeletionRequestBody body) {
    return client.deleteKey(new DeleteKeyRequest().withBody(body));
  }

  CancelKeyDeletionResponse cancelDeletion(String keyId) {
    return cancelDeletion(new OperateKeyRequestBody().withKeyId(keyId));
  }

  CancelKeyDeletionResponse cancelDeletion(OperateKeyRequestBody body) {
    return client.cancelKeyDeletion(new CancelKeyDeletionRequest().withBody(body));
  }

  KeyDetails describe(String keyId) {
    return describe(new OperateKeyRequestBody().withKeyId(keyId));
  }

  KeyDetails describe(OperateKeyRequestBody body) {
    return client.listKeyDetail(new ListKeyDetailRequest().withBody(body)).getKeyInfo();
  }

  ListKeysResponse list(ListKeysRequestBody body) {
    return client.listKeys(new ListKeysRequest().withBody(body));
  }

  KeyAliasInfo updateAlias(String keyId, String alias) {
    return client
        .updateKeyAlias(
            new UpdateKeyAliasRequest()
                .withBody(new UpdateKeyAliasRequestBody().withKeyId(keyId).withKeyAlias(alias)))
        .getKeyInfo();
  }

  KeyDescriptionInfo updateDescription(String keyId, String description) {
    return client
        .updateKeyDescription(
            new UpdateKeyDescriptionRequest()
                .withBody(
                    new UpdateKeyDescriptionRequestBody()
                        .withKeyId(keyId)
                        .withKeyDescription(description)))
        .getKeyInfo();
  }

  int instances() {
    return client.showUserInstances(new ShowUserInstancesRequest()).getInstanceNum();
  }

  List<Resources> quotas() {
    return client.showUserQuotas(new ShowUserQuotasRequest()).getQuotas().getResources();
  }

  String random(String bits) {
    return random(new GenRandomRequestBody().withRandomDataLength(bits));
  }

  String random(GenRandomRequestBody body) {
    return client.createRandom(new CreateRandomRequest().withBody(body)).getRandomData();
  }

  EncryptDatakeyResponse encrypt(EncryptDatakeyRequestBody body) {
    return client.encryptDatakey(new EncryptDatakeyRequest().withBody(body));
  }

  /// @param dek hex, without a digest
  EncryptDatakeyResponse encrypt(String keyId, String dek) {
    return encrypt(encryptRequest(keyId, dek));
  }

  static EncryptDatakeyRequestBody encryptRequest(String keyId, String dek) {
    return new EncryptDatakeyRequestBody()
        .withKeyId(keyId)
        .withPlainText(Deks.withSha256(dek))
        .withDatakeyPlainLength(Integer.toString(dek.length() / 2));
  }

  DecryptDatakeyResponse decrypt(DecryptDatakeyRequestBody body) {
    return client.decryptDatakey(new DecryptDatakeyRequest().withBody(body));
  }

  DecryptDatakeyResponse decrypt(String keyId, String cipherText) {
    return decrypt(decryptRequest(keyId, cipherText));
  }

  static DecryptDatakeyRequestBody decryptRequest(String keyId, String cipherText) {
    return new DecryptDatakeyRequestBody()
        .withKeyId(keyId)
        .withCipherText(cipherText)
        .withDatakeyCipherLength("64");
  }

  CreateDatakeyResponse createDatakey(CreateDatakeyRequestBody body) {
    return client.createDatakey(new CreateDatakeyRequest().withBody(body));
  }

  CreateDatakeyWithoutPlaintextResponse createDatakeyWithoutPlaintext(
      CreateDatakeyRequestBody body) {
    return client.createDatakeyWithoutPlaintext(
        new CreateDatakeyWithoutPlaintextRequest().withBody(body));
  }

  /// Asks until the server can do it: of calls that change nothing.
  static <T> T patiently(Supplier<T> call) {
    for (int i = 0; ; i++) {
      try {
        return call.get();
      } catch (ServiceResponseException refusal) {
        if (refusal.getHttpStatusCode() != 503 || i == 200) {
          throw refusal;
        }
        ServerProcess.pause(Duration.ofMillis(100));
      }
    }
  }
}
