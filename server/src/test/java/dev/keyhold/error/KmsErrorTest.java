package dev.keyhold.error;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class KmsErrorTest {
  /// The statuses other than 400 that the published table gives.
  private static final Map<String, Integer> PUBLISHED =
      Map.ofEntries(
          Map.entry("0101", 500),
          Map.entry("0104", 503),
          Map.entry("0207", 404),
          Map.entry("0215", 405),
          Map.entry("0306", 403),
          Map.entry("0316", 404),
          Map.entry("0321", 403),
          Map.entry("0416", 404));

  @Test
  void everyRowHasItsPublishedStatus() {
    for (KmsError error : KmsError.values()) {
      String number = error.code().substring("KMS.".length());
      assertThat(error.status()).as(error.code()).isEqualTo(PUBLISHED.getOrDefault(number, 400));
    }
  }

  @Test
  void noTwoRowsShareACode() {
    assertThat(Arrays.stream(KmsError.values()).map(KmsError::code)).doesNotHaveDuplicates();
  }

  @Test
  void everyMeaningIsASentence() {
    assertThat(Arrays.stream(KmsError.values()).map(KmsError::meaning))
        .allMatch(meaning -> meaning.matches("[A-Z].*\\."));
  }

  @Test
  void aDetailFollowsTheMeaning() {
    assertThat(KmsError.INVALID_PENDING_DAYS.rejected("pending_days must be 7 to 1096.").detail())
        .isEqualTo("The pending_days is invalid. pending_days must be 7 to 1096.");
  }
}
