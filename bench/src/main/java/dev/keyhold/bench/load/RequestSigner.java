package dev.keyhold.bench.load;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as the official clients do, `SDK-HMAC-SHA256`, for paths whose canonical form is
/// themselves. Written apart from the server's check, so that the two don't agree by being one.
public final class RequestSigner {
  private static final String ALGORITHM = "SDK-HMAC-SHA256";
  private static final String SIGNED_HEADERS = "content-type;host;x-sdk-date";
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String accessKey;
  private final String secretKey;

  public RequestSigner(String accessKey, String secretKey) {
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  /// @param request has a `Content-Type`
  /// @param authority host and port it is sent to
  /// @return the request with its date and signature, good for 15 minutes before and after `now`
  public PlainRequest signed(PlainRequest request, String authority, Instant now) {
    String date = DATE.format(now);
    String contentType = request.headers().getOrDefault("Content-Type", "");
    String canonical =
        String.join(
            "\n",
            request.method(),
            request.path() + "/",
            "",
            "content-type:" + contentType,
            "host:" + authority,
            "x-sdk-date:" + date,
            "",
            SIGNED_HEADERS,
            sha256(request.body()));
    String signature = hmac(ALGORITHM + "\n" + date + "\n" + sha256(canonical));
    return request
        .with("X-Sdk-Date", date)
        .with(
            "Authorization",
            ALGORITHM
                + (" Access=" + accessKey)
                + (", SignedHeaders=" + SIGNED_HEADERS)
                + (", Signature=" + signature));
  }

  private String hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secretKey.getBytes(StandardCharsets.US_ASCII), "HmacSHA256"));
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA256", e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
