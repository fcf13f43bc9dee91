package dev.keyhold.client;

import static dev.keyhold.client.Refusal.refused;
import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.kms.v2.model.GenRandomRequestBody;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// gen-random.
class RandomDataTest {
  private final Kms kms = SharedServer.kms();

  @ParameterizedTest
  @ValueSource(ints = {8, 16, 512, 4096, 8192})
  void asManyBitsAsAskedForInUpperCaseHex(int bits) {
    assertThat(kms.random(Integer.toString(bits))).matches("[0-9A-F]{" + bits / 4 + "}");
  }

  @Test
  void noTwoAnswersAreAlike() {
    assertThat(kms.random("256")).isNotEqualTo(kms.random("256"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "8193", "8200", "-8", "x", "", "8.0", "99999999999999999999"})
  void lengthOutOfRangeIsRefused(String bits) {
    refused("KMS.1801", () -> kms.random(bits));
  }

  @ParameterizedTest
  @ValueSource(strings = {"9", "15", "511", "8191"})
  void lengthThatIsNoWholeNumberOfBytesIsRefused(String bits) {
    refused("KMS.1802", () -> kms.random(bits));
  }

  @Test
  void lengthIsRequired() {
    refused("KMS.0204", () -> kms.random(new GenRandomRequestBody()));
  }

  @Test
  void badSequenceIsRefused() {
    refused(
        "KMS.0206",
        () -> kms.random(new GenRandomRequestBody().withRandomDataLength("8").withSequence("x")));
  }
}
