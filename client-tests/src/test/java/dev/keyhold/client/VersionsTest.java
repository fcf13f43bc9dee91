package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.huaweicloud.sdk.kms.v2.model.ShowVersionRequest;
import com.huaweicloud.sdk.kms.v2.model.ShowVersionsRequest;
import org.junit.jupiter.api.Test;

/// `GET /` and `GET /{version_id}`.
class VersionsTest {
  private final Kms kms = SharedServer.kms();

  @Test
  void versionsAreListed() {
    var versions = kms.client().showVersions(new ShowVersionsRequest()).getVersions();

    assertThat(versions).hasSize(1);
    var version = versions.getFirst();
    assertThat(version.getId()).isEqualTo("v1.0");
    assertThat(version.getStatus()).isEqualTo("CURRENT");
    assertThat(version.getVersion()).isEmpty();
    assertThat(version.getMinVersion()).isEmpty();
    assertThat(version.getUpdated()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
    assertThat(version.getLinks()).hasSize(1);
    assertThat(version.getLinks().getFirst().getRel()).isEqualTo("self");
    assertThat(version.getLinks().getFirst().getHref())
        .startsWith(SharedServer.tenant().endpoint() + "/v1.0");
  }

  @Test
  void versionIsDescribed() {
    var described = kms.client().showVersion(new ShowVersionRequest().withVersionId("v1.0"));

    // The SDK has no type for it: whatever JSON it is.
    JsonNode version = new ObjectMapper().valueToTree(described.getVersion());
    assertThat(version.path("id").asText()).isEqualTo("v1.0");
    assertThat(version.path("status").asText()).isEqualTo("CURRENT");
  }

  @Test
  void unknownVersionIsNotFound() {
    refused(
        404,
        "APIGW.0101",
        () -> kms.client().showVersion(new ShowVersionRequest().withVersionId("v9.9")));
  }

  @Test
  void anybodyMayAsk() {
    Http anonymous = Http.anonymous(SharedServer.tenant());

    JsonNode all = anonymous.get("/").ok().json();
    JsonNode one = anonymous.get("/v1.0").ok().json();

    assertThat(all.path("versions").get(0)).isEqualTo(one.path("version"));
  }
}
