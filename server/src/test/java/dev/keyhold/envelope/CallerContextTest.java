package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallerContextTest {
  @Test
  void differentContextsHaveDifferentBytesAndNoneBeginsAnother() {
    List<CallerContext> contexts =
        List.of(
            CallerContext.NONE,
            new CallerContext.Text(""),
            new CallerContext.Text("a"),
            new CallerContext.Text("a\0"),
            new CallerContext.Text("\0\0\0\0"),
            new CallerContext.Text("é"),
            new CallerContext.Text("e\u0301"), // not normalized: another string is another context
            CallerContext.Pairs.of(Map.of()),
            CallerContext.Pairs.of(Map.of("", "")),
            CallerContext.Pairs.of(Map.of("a", "")),
            CallerContext.Pairs.of(Map.of("", "a")),
            CallerContext.Pairs.of(Map.of("a", "bc")),
            CallerContext.Pairs.of(Map.of("ab", "c")),
            CallerContext.Pairs.of(Map.of("a", "b", "c", "d")),
            CallerContext.Pairs.of(Map.of("a", "d", "c", "b")),
            CallerContext.Pairs.of(Map.of("a", "bcd")));
    assertThat(new HashSet<>(contexts)).hasSize(contexts.size());
    for (CallerContext one : contexts) {
      for (CallerContext other : contexts) {
        if (!one.equals(other)) {
          assertThat(startsWith(one.encoding(), other.encoding())).isFalse();
        }
      }
    }
  }

  private static boolean startsWith(Bytes whole, Bytes beginning) {
    return beginning.length() <= whole.length()
        && new String(whole.lent(), ISO_8859_1)
            .startsWith(new String(beginning.lent(), ISO_8859_1));
  }

  @Test
  void orderOfPairsMeansNothing() {
    var encodings = new HashSet<Bytes>();
    for (List<String> order :
        List.of(
            List.of("a", "B", "世", "\uff5e", "\ud83d\udd11"),
            List.of("\ud83d\udd11", "\uff5e", "世", "B", "a"))) {
      var pairs = new LinkedHashMap<String, String>();
      order.forEach(key -> pairs.put(key, "of " + key));
      encodings.add(CallerContext.Pairs.of(pairs).encoding());
    }
    assertThat(encodings).hasSize(1);
  }

  @Test
  void pairsAreIndependentOfTheMapTheyCameFrom() {
    var map = new HashMap<>(Map.of("a", "b"));
    CallerContext context = CallerContext.Pairs.of(map);
    Bytes before = context.encoding();
    map.put("c", "d");
    assertThat(context.encoding()).isEqualTo(before);
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "é", "世", "\ud83d\udd11"})
  void textHasAtMost128BytesInUtf8(String character) {
    int bytes = character.getBytes(UTF_8).length;
    int most = 128 / bytes;
    new CallerContext.Text(character.repeat(most));
    assertRejected(
        KmsError.INVALID_PARAMETER, () -> new CallerContext.Text(character.repeat(most + 1)));
  }

  @Test
  void pairsHaveAtMost8192Characters() {
    CallerContext.Pairs.of(Map.of("k".repeat(4096), "v".repeat(4096)));
    CallerContext.Pairs.of(Map.of("世".repeat(4096), "世".repeat(4096)));
    assertRejected(
        KmsError.INVALID_ENCRYPTION_CONTEXT,
        () -> CallerContext.Pairs.of(Map.of("k".repeat(4096), "v".repeat(4097))));
    assertRejected(
        KmsError.INVALID_ENCRYPTION_CONTEXT,
        () -> CallerContext.Pairs.of(Map.of("k".repeat(4096), "v".repeat(4096), "x", "")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\ud83d", "\udd11", "a\ud83d", "\ud83da", "\udd11\ud83d", "\ud83d\ud83d\udd11"})
  void halfASurrogatePairIsRefused(String text) {
    assertRejected(KmsError.INVALID_PARAMETER, () -> new CallerContext.Text(text));
    assertRejected(
        KmsError.INVALID_ENCRYPTION_CONTEXT, () -> CallerContext.Pairs.of(Map.of(text, "")));
    assertRejected(
        KmsError.INVALID_ENCRYPTION_CONTEXT, () -> CallerContext.Pairs.of(Map.of("", text)));
  }

  @Test
  @SuppressWarnings("NullAway") // as a JSON body may have it
  void aNullValueIsRefused() {
    var pairs = new HashMap<String, String>();
    pairs.put("a", null);
    assertRejected(KmsError.INVALID_ENCRYPTION_CONTEXT, () -> CallerContext.Pairs.of(pairs));
  }

  private static void assertRejected(KmsError error, ThrowingCallable call) {
    assertThatExceptionOfType(Rejected.class)
        .isThrownBy(call)
        .satisfies(rejected -> assertThat(rejected.error()).isEqualTo(error));
  }
}
