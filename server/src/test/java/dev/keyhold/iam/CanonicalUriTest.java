package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsException.Rejected;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalUriTest {
  @ParameterizedTest
  @CsvSource({
    "/, /",
    "'', /",
    "/v1.0, /v1.0/",
    "/v1.0/, /v1.0/",
    "/tags/a+b:c@d, /tags/a%2Bb%3Ac%40d/",
    "/a%2bb, /a%2Bb/",
    "/a%2Fb/c, /a%2Fb/c/",
    "/%41~-_.%7e, /A~-_.~/",
    "/%e5%af%86, /%E5%AF%86/",
    "/%7Bproject_id%7D/kms, /%7Bproject_id%7D/kms/",
  })
  void encodesEverySegmentAnew(String raw, String canonical) {
    assertThat(path(raw)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "'', ''",
    "a, a=",
    "a=, a=",
    "a==b, a=%3Db",
    "b=2&a=1, a=1&b=2",
    "a=2&a=10&a=1, a=1&a=10&a=2",
    "a+b=c+d, a%2Bb=c%2Bd",
    "a%20b=1, a%20b=1",
    "a%2Bb=1, a%2Bb=1",
    "&&a=1&, a=1",
    "a%26b=1&a=2, a=2&a%26b=1",
    "=v, =v",
    "B=1&a=1, B=1&a=1",
  })
  void sortsAndEncodesTheQueryAnew(String raw, String canonical) {
    assertThat(query(raw)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({"%", "%4", "a%", "%zz", "%4g", "%%41", "%-1", "%+1", "%٤1"})
  void refusesBrokenEscapes(String raw) {
    assertThatThrownBy(() -> path("/" + raw)).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> query("a=" + raw + "&b=1")).isInstanceOf(Rejected.class);
  }

  @Test
  void refusesCharactersThatAreNoBytes() {
    assertThatThrownBy(() -> path("/密")).isInstanceOf(Rejected.class);
    assertThatThrownBy(() -> query("密=1")).isInstanceOf(Rejected.class);
  }

  /// However a client spells the same parameters, their canonical form is one; and it is its own.
  @RepeatedTest(200)
  void oneMeaningHasOneForm(RepetitionInfo round) {
    var random = new Random(round.getCurrentRepetition());
    List<List<byte[]>> parameters = new ArrayList<>();
    for (int i = random.nextInt(6); i > 0; i--) {
      parameters.add(List.of(bytes(random), bytes(random)));
    }
    String first = query(spelled(parameters, random));
    Collections.shuffle(parameters, random);
    String second = query(spelled(parameters, random));
    assertThat(second).isEqualTo(first);
    assertThat(query(first)).isEqualTo(first);
  }

  /// Two different sets of parameters never share a canonical form: each form decodes to what was
  /// spelled.
  @RepeatedTest(200)
  void oneFormHasOneMeaning(RepetitionInfo round) {
    var random = new Random(round.getCurrentRepetition());
    byte[] name = bytes(random);
    byte[] value = bytes(random);
    byte[] otherValue = value.clone();
    otherValue[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
    assertThat(query(spelled(List.of(List.of(name, value)), random)))
        .isNotEqualTo(query(spelled(List.of(List.of(name, otherValue)), random)));
    assertThat(path("/" + spelledPath(value, random) + "/x"))
        .isNotEqualTo(path("/" + spelledPath(otherValue, random) + "/x"));
    assertThat(path(path("/" + spelledPath(value, random))))
        .isEqualTo(path("/" + spelledPath(value, random)));
  }

  private static String path(String raw) {
    var out = new ByteText(16);
    CanonicalUri.addPath(raw, out);
    return new String(out.copy(), StandardCharsets.US_ASCII);
  }

  private static String query(String raw) {
    var out = new ByteText(16);
    CanonicalUri.addQuery(raw, out);
    return new String(out.copy(), StandardCharsets.US_ASCII);
  }

  private static byte[] bytes(Random random) {
    byte[] bytes = new byte[1 + random.nextInt(8)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String spelled(List<List<byte[]>> parameters, Random random) {
    return parameters.stream()
        .map(parts -> spelled(parts.getFirst(), random) + "=" + spelled(parts.getLast(), random))
        .collect(Collectors.joining("&"));
  }

  /// Some of the spellings that bytes can have in a query.
  private static String spelled(byte[] bytes, Random random) {
    var text = new StringBuilder();
    for (byte b : bytes) {
      char c = (char) (b & 0xFF);
      boolean mustEncode = c == '%' || c == '&' || c == '=';
      if (mustEncode || random.nextBoolean()) {
        text.append((random.nextBoolean() ? "%%%02x" : "%%%02X").formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }

  private static String spelledPath(byte[] bytes, Random random) {
    var text = new StringBuilder();
    for (byte b : bytes) {
      char c = (char) (b & 0xFF);
      if (c == '%' || c == '/' || random.nextBoolean()) {
        text.append((random.nextBoolean() ? "%%%02x" : "%%%02X").formatted((int) c));
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
