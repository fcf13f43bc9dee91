package dev.keyhold.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody;
import com.huaweicloud.sdk.kms.v2.model.ListKeysRequestBody.KeySpecEnum;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What an operator may choose otherwise, on a server where it is otherwise; the other tests know
/// it as it is by default.
class SettingsTest {
  private static final ServerProcess SERVER =
      ServerProcess.onNewFolder()
          .with("list-keys.default-spec", "ALL")
          .with("iam.require-signed-host", "true");

  @BeforeAll
  static void start() {
    SERVER.start();
  }

  @AfterAll
  static void stop() {
    SERVER.close();
  }

  /// By the SDK, which signs the host.
  @Test
  void listKeysListsKeysOfAllSpecs() {
    Kms kms = Kms.of(SERVER.tenant());
    String aes = kms.newKey();
    String sm4 = kms.newSm4Key();
    assertThat(kms.list(new ListKeysRequestBody()).getKeys()).containsExactlyInAnyOrder(aes, sm4);
    assertThat(kms.list(new ListKeysRequestBody().withKeySpec(KeySpecEnum.AES_256)).getKeys())
        .containsExactly(aes);
  }

  @Test
  void aSignatureThatDoesNotCoverTheHostIsRefused() throws GeneralSecurityException {
    assertThat(signedDateOnly(SharedServer.tenant()).status()).isEqualTo(200);
    Http.Answer refused = signedDateOnly(SERVER.tenant());
    assertThat(refused.status()).isEqualTo(401);
    assertThat(refused.code()).isEqualTo("APIGW.0301");
    assertThat(refused.text("error_msg")).contains("SignedHeaders must list host");
  }

  private static Http.Answer signedDateOnly(Tenant tenant) throws GeneralSecurityException {
    Http http = Http.anonymous(tenant);
    String path = http.kmsPath("user-instances");
    String date =
        DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'")
            .withZone(ZoneOffset.UTC)
            .format(Instant.now());
    String canonical =
        String.join(
            "\n", "GET", path + "/", "", "x-sdk-date:" + date, "", "x-sdk-date", sha256(""));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(tenant.secretKey().getBytes(UTF_8), "HmacSHA256"));
    String toSign = String.join("\n", "SDK-HMAC-SHA256", date, sha256(canonical));
    String signature = HexFormat.of().formatHex(mac.doFinal(toSign.getBytes(UTF_8)));
    return http.with("X-Sdk-Date", date)
        .with(
            "Authorization",
            "SDK-HMAC-SHA256 Access=%s, SignedHeaders=x-sdk-date, Signature=%s"
                .formatted(tenant.accessKey(), signature))
        .get(path);
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }
}
