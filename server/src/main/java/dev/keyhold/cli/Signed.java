package dev.keyhold.cli;

import dev.keyhold.cli.Api.Request;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests by access key: `SDK-HMAC-SHA256`, as the official clients do. Enough for paths
/// without percent signs and without a query, which is all that is called from here.
public final class Signed {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);
  private static final String HEADERS = "host;x-sdk-date";

  private Signed() {}

  /// @param endpoint the request will be sent to
  public static Request by(
      String accessKey, String secretKey, String endpoint, Request request, Instant now) {
    try {
      String date = DATE.format(now);
      String canonical =
          String.join(
              "\n",
              request.method(),
              request.path() + "/",
              "",
              "host:" + URI.create(endpoint).getAuthority(),
              "x-sdk-date:" + date,
              "",
              HEADERS,
              sha256(request.body().map(Object::toString).orElse("")));
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
      byte[] signature =
          mac.doFinal(
              ("SDK-HMAC-SHA256\n" + date + "\n" + sha256(canonical))
                  .getBytes(StandardCharsets.UTF_8));
      return request
          .with("X-Sdk-Date", date)
          .with(
              "Authorization",
              "SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s"
                  .formatted(accessKey, HEADERS, HexFormat.of().formatHex(signature)));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("this Java has no HMAC-SHA256", impossible);
    }
  }

  private static String sha256(String text) throws GeneralSecurityException {
    return HexFormat.of()
        .formatHex(
            MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }
}
