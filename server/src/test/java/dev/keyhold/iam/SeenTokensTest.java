package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SeenTokensTest {
  private final TestIam iam = new TestIam();
  private final SeenTokens seen = new SeenTokens();
  private final Token.Issued issued = iam.tokens.issue(iam.alice.user(), Optional.empty());
  private final byte[] bytes = Base64.getUrlDecoder().decode(issued.text());

  @Test
  void whatWasAddedIsFoundByAnEqualCopy() {
    assertThat(seen.find(bytes)).isEmpty();
    seen.add(bytes, issued.token());
    assertThat(seen.find(bytes.clone())).hasValue(issued.token());
  }

  @Test
  void nothingElseIsFound() {
    seen.add(bytes, issued.token());
    for (int bit = 0; bit < 8 * bytes.length; bit++) {
      byte[] other = bytes.clone();
      other[bit / 8] ^= (byte) (1 << (bit % 8));
      assertThat(seen.find(other)).isEmpty();
    }
  }

  @Test
  void whatIsAddedIsItsOwnCopy() {
    byte[] lent = bytes.clone();
    seen.add(lent, issued.token());
    lent[0]++;
    assertThat(seen.find(bytes)).hasValue(issued.token());
    assertThat(seen.find(lent)).isEmpty();
  }

  /// One of the same place, as one in 1,024 is.
  @Test
  void theLastOneOfAPlaceStays() {
    byte[] other = bytes.clone();
    other[1] ^= 1;
    Token.Issued another = iam.tokens.issue(iam.mallory.user(), Optional.empty());
    seen.add(bytes, issued.token());
    seen.add(other, another.token());
    assertThat(seen.find(bytes)).isEmpty();
    assertThat(seen.find(other)).hasValue(another.token());
  }
}
