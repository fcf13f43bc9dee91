package dev.keyhold.bench.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class RequestSignerTest {
  /// Computed with the command line of OpenSSL from section 20 of the API facts: SHA-256 of the
  /// canonical request, then HMAC-SHA256 of the string to sign.
  @Test
  void signatureCoversMethodPathHeadersAndBody() {
    var request = PlainRequest.post("/v1.0/p/kms/gen-random", "{\"random_data_length\":\"512\"}");

    PlainRequest signed =
        new RequestSigner("AccessKey", "SecretKey")
            .signed(request, "127.0.0.1:8420", Instant.parse("2006-01-02T15:04:05Z"));

    assertThat(signed.headers())
        .containsEntry("X-Sdk-Date", "20060102T150405Z")
        .containsEntry(
            "Authorization",
            "SDK-HMAC-SHA256 Access=AccessKey, SignedHeaders=content-type;host;x-sdk-date,"
                + " Signature=c0ebc87a6de53fadb54b26c3406bbb39290e98645b82961ecafcb8345d4c0ba8");
  }
}
