package dev.keyhold.iam;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Signs requests as the official SDKs do, written from the specification and not from the code
/// under test.
public final class TestSigner {
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String accessKey;
  private final byte[] secret;

  public TestSigner(String accessKey, byte[] secret) {
    this.accessKey = accessKey;
    this.secret = secret;
  }

  /// Sets `X-Sdk-Date` and `Authorization`, signing `signedHeaders` in the given order.
  public TestRequest sign(TestRequest request, byte[] body, Instant date, String... signedHeaders) {
    request.set("X-Sdk-Date", DATE.format(date));
    return request.set("Authorization", authorization(request, hex(sha256(body)), signedHeaders));
  }

  /// An `Authorization` over what the request holds now.
  public String authorization(TestRequest request, String bodyHash, String... signedHeaders) {
    String names = String.join(";", signedHeaders);
    var headers = new StringBuilder();
    for (String name : signedHeaders) {
      request.headers(name).stream()
          .sorted()
          .forEach(value -> headers.append(name).append(':').append(value.trim()).append('\n'));
    }
    String canonical =
        String.join(
            "\n",
            request.method(),
            path(request.rawPath()),
            query(request.rawQuery()),
            headers,
            names,
            bodyHash);
    String stringToSign =
        "SDK-HMAC-SHA256\n"
            + request.header("x-sdk-date").orElseThrow()
            + "\n"
            + hex(sha256(canonical.getBytes(StandardCharsets.ISO_8859_1)));
    return "SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s"
        .formatted(accessKey, names, hex(hmac(stringToSign)));
  }

  private static String path(String raw) {
    String path =
        Arrays.stream(raw.split("/", -1))
            .map(segment -> encoded(decoded(segment)))
            .collect(Collectors.joining("/"));
    return path.endsWith("/") ? path : path + "/";
  }

  private static String query(String raw) {
    List<List<String>> parameters = new ArrayList<>();
    for (String parameter : raw.split("&", -1)) {
      if (!parameter.isEmpty()) {
        String[] parts = parameter.split("=", 2);
        parameters.add(List.of(decoded(parts[0]), parts.length == 2 ? decoded(parts[1]) : ""));
      }
    }
    parameters.sort((a, b) ->
        a.equals(b)
            ? 0
            : (a.getFirst() + "\0" + a.getLast()).compareTo(b.getFirst() + "\0" + b.getLast()));
    return parameters.stream()
        .map(parts -> encoded(parts.getFirst()) + "=" + encoded(parts.getLast()))
        .collect(Collectors.joining("&"));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private byte[] hmac(String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }
}
