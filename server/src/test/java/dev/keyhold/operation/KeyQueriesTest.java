package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyQueriesTest {
  private static final int A_PAGE = 1_000;

  @TempDir Path folder;

  @Test
  void aPageHasAThousandKeysUnlessAnotherLimitIsGiven() {
    try (var kms = new TestKms(folder)) {
      for (int i = 0; i <= A_PAGE; i++) {
        kms.key(KeySpec.AES_256);
      }

      var first = kms.queries.list(kms.caller, page("", ""));
      assertThat(first.keys()).hasSize(A_PAGE);
      assertThat(first.truncated()).isEqualTo("true");
      assertThat(first.nextMarker()).isEqualTo("1000");

      var last = kms.queries.list(kms.caller, page("", first.nextMarker()));
      assertThat(last.keys()).hasSize(1).doesNotContainAnyElementsOf(first.keys());
      assertThat(last.truncated()).isEqualTo("false");

      assertThat(kms.queries.list(kms.caller, page("7", "")).keys()).hasSize(7);
    }
  }

  private static KeyQueries.ListRequest page(String limit, String marker) {
    return new KeyQueries.ListRequest(
        Optional.of(new WireNumber(limit)),
        Optional.of(new WireNumber(marker)),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
