package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsException.Rejected;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Signatures made by the official SDKs.
class RequestSignatureVectorTest {
  private static final JsonNode FILE = read();

  @TestFactory
  Stream<DynamicTest> acceptsTheSignaturesOfOfficialClients() {
    List<JsonNode> vectors = vectors();
    assertThat(vectors).hasSize(FILE.get("count").asInt());
    return vectors.stream()
        .map(vector -> DynamicTest.dynamicTest(text(vector, "name"), () -> accepts(vector)));
  }

  @TestFactory
  Stream<DynamicTest> refusesThemWhenTheBodyHasOneMoreByte() {
    return vectors().stream()
        .map(vector ->
            DynamicTest.dynamicTest(text(vector, "name"), () -> refusesOtherBody(vector)));
  }

  @Test
  void sortsAndEncodesTheQueryAsTheSdkDoes() {
    var out = new ByteText(16);
    CanonicalUri.addQuery(
        "test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29&multi=3&multi=1&limit=1&multi=2&enable=true&path=/tmp%2F123",
        out);
    assertThat(new String(out.copy(), StandardCharsets.US_ASCII))
        .isEqualTo(
            "enable=true&limit=1&multi=1&multi=2&multi=3&path=%2Ftmp%2F123"
                + "&test=%E4%B8%80%20%28%26%3D%3F%21%23%25.%2A%29");
  }

  private static void accepts(JsonNode vector) {
    Principal principal = check(vector, text(vector, "body"));
    assertThat(principal.method()).isEqualTo(Principal.Method.SIGNATURE);
    assertThat(principal.scope()).isEmpty();
  }

  private static void refusesOtherBody(JsonNode vector) {
    assertThatThrownBy(() -> check(vector, text(vector, "body") + " "))
        .isInstanceOf(Rejected.class)
        .hasMessageEndingWith(": verify aksk signature fail");
  }

  private static Principal check(JsonNode vector, String body) {
    var iam = new TestIam();
    var request =
        new TestRequest(text(vector, "method"), text(vector, "path"), text(vector, "query"));
    vector
        .get("headers")
        .properties()
        .forEach(e -> request.set(e.getKey(), e.getValue().asString()));
    request.set("Authorization", text(vector, "authorization"));
    var id = new AccessKeyId(text(vector, "accessKey"));
    byte[] secret = text(vector, "secretKey").getBytes(StandardCharsets.US_ASCII);
    iam.repository.insert(
        new AccessKey(
            id,
            iam.alice.user().id(),
            TestIam.FAKE_WRAPPING.wrap(id, iam.alice.user().id(), new KeyMaterial(secret)),
            true,
            TestIam.START,
            ""));
    String date = text(vector.get("headers"), "X-Sdk-Date");
    iam.time.setWall(Instant.ofEpochMilli(SdkDate.parse(date)).plus(Duration.ofMinutes(1)));
    return iam.authenticator.authenticate(request, body.getBytes(StandardCharsets.UTF_8));
  }

  private static List<JsonNode> vectors() {
    List<JsonNode> vectors = new ArrayList<>();
    FILE.get("vectors").forEach(vectors::add);
    return vectors;
  }

  private static String text(JsonNode node, String member) {
    return node.get(member).asString();
  }

  private static JsonNode read() {
    try (InputStream in =
        RequestSignatureVectorTest.class.getResourceAsStream("/vectors/request-signature.json")) {
      return JsonMapper.shared().readTree(in);
    } catch (java.io.IOException e) {
      throw new AssertionError(e);
    }
  }
}
