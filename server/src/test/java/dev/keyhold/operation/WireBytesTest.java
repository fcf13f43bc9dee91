package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import dev.keyhold.error.KmsError;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Base64, UTF-8 and serial numbers at the edge.
class WireBytesTest {
  @ParameterizedTest
  @ValueSource(strings = {"", "AA==", "AAA=", "AAAA", "+/+/", "ZmRzYQ=="})
  void base64HasOneSpelling(String good) {
    byte[] bytes = Base64Text.decode(good).orElseThrow();
    assertThat(TestKms.text(new Base64Text(bytes))).isEqualTo(good);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "A",
        "AA",
        "AAA",
        "AA=",
        "AB==",
        "AAB=",
        "AAAA=",
        "AAAA====",
        "=",
        "====",
        "AA==AA==",
        "A A=",
        " AAAA",
        "AAAA\n",
        "-_-_",
        "ＡAAA",
        "AAA\u0141",
        "AAA\0"
      })
  void anythingElseIsNone(String bad) {
    assertThat(Base64Text.decode(bad)).isEmpty();
    assertThat(Base64Text.decode(bad.toCharArray())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "é", "世界", "😀", "a\u0000b", "\uffff\ufffd"})
  void textComesBack(String text) {
    byte[] utf8 = Utf8.encode(text.toCharArray()).orElseThrow();
    assertThat(utf8).isEqualTo(text.getBytes(StandardCharsets.UTF_8));
    assertThat(Utf8.decode(utf8).<String>lend(String::new)).isEqualTo(text);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "a\ud800b", "\udc00", "\udc00\ud800", "x\ud83d"})
  void halfACharacterIsNoText(String half) {
    assertThat(Utf8.encode(half.toCharArray())).isEmpty();
  }

  @Test
  void whatIsNoUtf8IsReplaced() {
    byte[] bytes = {'a', (byte) 0xff, (byte) 0xc0, (byte) 0x80, 'b', (byte) 0xe4, (byte) 0xb8};
    assertThat(Utf8.decode(bytes).<String>lend(String::new))
        .isEqualTo(new String(bytes, StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"919c82d4-8046-4722-9094-35c3c6524cff", "919C82D4-8046-4722-9094-35C3C6524CFF"})
  void aSerialIsAUuidInEitherCase(String serial) {
    assertThatCode(() -> Wire.checkSequence(Optional.of(serial))).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "919c82d4-8046-4722-9094-35c3c6524cf",
        "919c82d4-8046-4722-9094-35c3c6524cff0",
        "919c82d480464722909435c3c6524cff0000",
        "\u212a19c82d4-8046-4722-9094-35c3c6524cff", // the Kelvin sign, whose lower case is k
        "９19c82d4-8046-4722-9094-35c3c6524cff"
      })
  void anythingElseIsNoSerial(String text) {
    TestKms.refused(KmsError.INVALID_SEQUENCE, () -> Wire.checkSequence(Optional.of(text)));
  }
}
