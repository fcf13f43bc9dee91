package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.core.auth.BasicCredentials;
import com.huaweicloud.sdk.core.region.Region;
import com.huaweicloud.sdk.kms.v2.KmsClient;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody;
import com.huaweicloud.sdk.kms.v2.model.CreateDatakeyRequestBody.KeySpecEnum;
import com.huaweicloud.sdk.kms.v2.model.EncryptDatakeyRequestBody;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/// The calls that the vendor's encryption SDK makes, in its order: one data key, wrapped by each of
/// several CMKs, and opened by whichever works.
class EncryptionSdkTest {
  private static final HexFormat HEX = HexFormat.of();
  private final Tenant tenant = SharedServer.tenant();

  /// Built with a region and an endpoint both.
  private final Kms kms =
      new Kms(
          KmsClient.newBuilder()
              .withCredential(
                  new BasicCredentials()
                      .withAk(tenant.accessKey())
                      .withSk(tenant.secretKey())
                      .withProjectId(tenant.projectId()))
              .withRegion(new Region(tenant.region(), tenant.endpoint()))
              .withEndpoints(List.of(tenant.endpoint()))
              .withHttpConfig(Kms.config())
              .build());

  private EncryptDatakeyRequestBody wrapRequest(String key, byte[] dek) {
    String hex = HEX.formatHex(dek);
    boolean aes = Kms.patiently(() -> kms.describe(key)).getKeySpec().getValue().equals("AES_256");
    return new EncryptDatakeyRequestBody()
        .withKeyId(key)
        .withPlainText(aes ? Deks.withSha256(hex) : Deks.withSm3(hex))
        .withDatakeyPlainLength(Integer.toString(dek.length));
  }

  private byte[] wrap(String key, byte[] dek) {
    var request = wrapRequest(key, dek);
    return HEX.parseHex(Kms.patiently(() -> kms.encrypt(request)).getCipherText());
  }

  private byte[] unwrap(String key, byte[] wrapped) {
    var opened =
        Kms.patiently(() ->
            kms.decrypt(
                Kms.decryptRequest(key, HEX.formatHex(wrapped)).withDatakeyCipherLength("32")));
    return HEX.parseHex(opened.getDataKey());
  }

  @Test
  void oneDatakeyIsWrappedBySeveralKeysAndOpenedByEach() throws Exception {
    List<String> keys = List.of(kms.newKey(), kms.newSm4Key(), kms.newKey());
    for (String spec : new String[] {"AES_256", "AES_128", "SM4"}) {
      String bits = spec.equals("AES_256") ? "256" : "128";
      var created =
          Kms.patiently(() ->
              kms.createDatakey(
                  new CreateDatakeyRequestBody()
                      .withKeyId(keys.getFirst())
                      .withKeySpec(KeySpecEnum.fromValue(spec))
                      .withDatakeyLength(bits)));
      byte[] dek = HEX.parseHex(created.getPlainText());
      assertThat(dek).hasSize(Integer.parseInt(bits) / 8);

      try (var threads = Executors.newFixedThreadPool(3)) {
        var wraps = keys.stream().<Callable<byte[]>>map(key -> () -> wrap(key, dek)).toList();
        var wrapped = threads.invokeAll(wraps);

        for (int i = 0; i < keys.size(); i++) {
          for (int j = 0; j < keys.size(); j++) {
            String key = keys.get(i);
            byte[] container = wrapped.get(j).get();
            if (i == j) {
              assertThat(unwrap(key, container)).isEqualTo(dek);
            } else {
              refused("KMS.2201", () -> unwrap(key, container));
            }
          }
        }
      }
    }
  }
}
