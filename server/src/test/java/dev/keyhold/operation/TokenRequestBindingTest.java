package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.json.JsonMapper;

/// The records bind to the documented bodies with a plain snake-case mapper.
class TokenRequestBindingTest {
  private static final JsonMapper JSON =
      JsonMapper.builder().propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE).build();

  @Test
  void readsTheDocumentedBody() {
    TokenRequest request =
        read(
            """
            {"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"alice",
             "password":"s3cret s3cret","domain":{"name":"alice-domain"}}}},
             "scope":{"project":{"name":"cn-north-4"}}}}
            """);
    TokenRequest.UserPart user = request.auth().identity().password().user();
    assertThat(user.name()).isEqualTo("alice");
    assertThat(user.domain().name()).isEqualTo("alice-domain");
    assertThat(user.password().<String>lend(String::new)).isEqualTo("s3cret s3cret");
    assertThat(request.auth().scope().flatMap(TokenRequest.Scope::project))
        .contains(
            new TokenRequest.ProjectScope(
                Optional.empty(), Optional.of("cn-north-4"), Optional.empty()));
    assertThat(request.toString()).doesNotContain("s3cret");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{}|auth is required.",
        "{\"auth\":null}|auth is required.",
        "{\"auth\":{}}|auth.identity is required.",
        "{\"auth\":{\"identity\":{}}}|auth.identity.methods is required.",
        "{\"auth\":{\"identity\":{\"methods\":[\"password\"]}}}|auth.identity.password is"
            + " required.",
        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{}}}}|auth.identity.password.user"
            + " is required.",
        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"a\",\"domain\":{\"name\":\"d\"}}}}}}|auth.identity.password.user.password"
            + " is required.",
        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"a\",\"password\":\"p\"}}}}}|auth.identity.password.user.domain"
            + " is required.",
        "{\"auth\":{\"identity\":{\"methods\":[\"password\"],\"password\":{\"user\":{\"name\":\"a\",\"password\":\"p\",\"domain\":{}}}}}}|auth.identity.password.user.domain.name"
            + " is required.",
      })
  void aMissingMemberIsNamed(String body, String detail) {
    assertThatThrownBy(() -> read(body))
        .rootCause()
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.error()).isEqualTo(IamError.BAD_REQUEST);
              assertThat(rejected.detail()).endsWith(" " + detail);
            });
  }

  @Test
  void writesInterfaceByItsName() {
    var catalog = new ServiceCatalog("r", "https://kms.example");
    assertThat(JSON.writeValueAsString(catalog.services()))
        .contains("\"interface\":\"public\"", "\"region_id\":\"r\"")
        .doesNotContain("audience");
  }

  private static TokenRequest read(String body) {
    return JSON.readValue(body, TokenRequest.class);
  }
}
