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

  @Test
  void aSignatureForAnotherServerIsRefused() throws GeneralSecurityException {
    assertThat(statusOfOneFor("127.0.0.1:" + SERVER.port())).isEqualTo(200);
    assertThat(statusOfOneFor("localhost:" + SERVER.port())).isEqualTo(200);
    assertThat(statusOfOneFor("a.example")).isEqualTo(401);
    assertThat(statusOfOneFor("127.0.0.1:1")).isEqualTo(401);
  }

  private static int statusOfOneFor(String host) throws GeneralSecurityException {
    Tenant tenant = SERVER.tenant();
    String path = Http.anonymous(tenant).kmsPath("user-instances");
    String date = now();
    String signature =
        signature(tenant, path, "host:" + host + "\nx-sdk-date:" + date, "host;x-sdk-date", date);
    String request =
        "GET %s HTTP/1.1\r\nHost: %s\r\nX-Sdk-Date: %s\r\nAuthorization: %s\r\nConnection: close\r\n\r\n"
            .formatted(path, host, date, signature);
    return RawSocket.status(RawSocket.exchange(SERVER.port(), request));
  }

  private static Http.Answer signedDateOnly(Tenant tenant) throws GeneralSecurityException {
    Http http = Http.anonymous(tenant);
    String path = http.kmsPath("user-instances");
    String date = now();
    return http.with("X-Sdk-Date", date)
        .with("Authorization", signature(tenant, path, "x-sdk-date:" + date, "x-sdk-date", date))
        .get(path);
  }

  private static String now() {
    return DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'")
        .withZone(ZoneOffset.UTC)
        .format(Instant.now());
  }

  /// The header `Authorization` of a GET.
  private static String signature(
      Tenant tenant, String path, String headers, String names, String date)
      throws GeneralSecurityException {
    String canonical = String.join("\n", "GET", path + "/", "", headers, "", names, sha256(""));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(tenant.secretKey().getBytes(UTF_8), "HmacSHA256"));
    String toSign = String.join("\n", "SDK-HMAC-SHA256", date, sha256(canonical));
    String signature = HexFormat.of().formatHex(mac.doFinal(toSign.getBytes(UTF_8)));
    return "SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s"
        .formatted(tenant.accessKey(), names, signature);
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8)));
  }
}
