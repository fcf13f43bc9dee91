package dev.keyhold.key;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class IdsTest {
  @Test
  void thePublishedSampleIsAKeyIdAndSoIsWhatWeIssue() {
    assertThat(KeyId.parse("0d0466b0-e727-4d9c-b35d-f84bb474a37f")).isNotNull();
    assertThat(KeyId.isWellFormed(KeyId.random().text())).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "1-1-1-1-1",
        "0D0466B0-E727-4D9C-B35D-F84BB474A37F",
        "0d0466b0-e727-4d9c-b35d-f84bb474a37",
        "0d0466b0-e727-4d9c-b35d-f84bb474a37ff",
        "0d0466b0ae727-4d9c-b35d-f84bb474a37f",
        " 0d0466b0-e727-4d9c-b35d-f84bb474a37",
        "0d0466b0-e727-4d9c-b35d-f84bb474a37\u0000",
        "0d0466b0-e727-4d9c-b35d-f84bb474a3\u0661f",
      })
  void anythingElseIsNoKeyId(String text) {
    assertRejected(() -> KeyId.parse(text), KmsError.INVALID_KEY_ID);
  }

  @Test
  void namesMayHaveEveryCharacterOfThePattern() {
    assertThat(KeyName.parseCustom("aZ09:/_-").text()).isEqualTo("aZ09:/_-");
    assertThat(KeyName.parseCustom("n".repeat(255)).text()).hasSize(255);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a.b", "schl\u00fcssel", "obs/default", "/default"})
  void otherNamesAreRefused(String text) {
    assertRejected(() -> KeyName.parseCustom(text), KmsError.INVALID_ALIAS);
  }

  @Test
  void a256thCharacterIsRefused() {
    assertRejected(() -> KeyName.parseCustom("n".repeat(256)), KmsError.INVALID_ALIAS);
  }

  private static void assertRejected(ThrowingCallable call, KmsError error) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            KmsException.Rejected.class, rejected -> assertThat(rejected.error()).isEqualTo(error));
  }
}
