package dev.keyhold.crypto;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HexTest {
  @Test
  void decodesWhatItEncodesInEitherCase() {
    for (int length = 0; length < 300; length++) {
      byte[] bytes = Random.bytes(length);
      String upper = HexFormat.of().withUpperCase().formatHex(bytes);
      String lower = HexFormat.of().formatHex(bytes);
      assertThat(Hex.upperText(bytes)).isEqualTo(upper);
      assertThat(Hex.lowerText(bytes)).isEqualTo(lower);
      for (String text : new String[] {upper, lower}) {
        assertThat(Hex.decode(text)).hasValue(bytes);
        assertThat(Hex.decode(text.toCharArray())).hasValue(bytes);
        byte[] padded = ("x" + text + "x").getBytes(ISO_8859_1);
        assertThat(Hex.decode(padded, 1, text.length())).hasValue(bytes);
      }
    }
  }

  @Test
  void everyCharacterButTheTwentyTwoDigitsIsRefused() {
    int accepted = 0;
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      boolean digit = HexFormat.isHexDigit(c);
      String low = "0" + (char) c;
      String high = (char) c + "0";
      assertThat(Hex.decode(low).isPresent()).as("character %x", c).isEqualTo(digit);
      assertThat(Hex.decode(high).isPresent()).isEqualTo(digit);
      assertThat(Hex.decode(low.toCharArray()).isPresent()).isEqualTo(digit);
      if (c < 256) {
        assertThat(Hex.decode(low.getBytes(ISO_8859_1), 0, 2).isPresent()).isEqualTo(digit);
      }
      if (digit) {
        accepted++;
        assertThat(Hex.decode(low)).hasValue(new byte[] {(byte) HexFormat.fromHexDigit(c)});
      }
    }
    assertThat(accepted).isEqualTo(22);
  }

  /// Eight digits are worked on at once, and each must be told from its neighbours.
  @Test
  void aCharacterAmongOthersIsRefusedWhereverItStands() {
    for (int c = 0; c <= Character.MAX_VALUE; c++) {
      boolean digit = HexFormat.isHexDigit(c);
      for (int at = 0; at < 10; at++) {
        char[] text = "0fF9aA8e7E".toCharArray();
        text[at] = (char) c;
        var found = Hex.decode(text);
        if (found.isPresent() != digit) {
          fail("character %x at %d", c, at);
        }
        found.ifPresent(
            bytes -> assertThat(bytes).isEqualTo(HexFormat.of().parseHex(String.valueOf(text))));
        if (c < 256) {
          byte[] ascii = String.valueOf(text).getBytes(ISO_8859_1);
          assertThat(Hex.decode(ascii, 0, ascii.length).isPresent()).isEqualTo(digit);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "000", "0x00", "00 00", " 00", "00\n", "0g", "-1", "٠٠", "００"})
  void refusesAnyOtherSpelling(String text) {
    assertThat(Hex.decode(text)).isEmpty();
    assertThat(Hex.decode(text.toCharArray())).isEmpty();
  }

  @Test
  void writesIntoTheMiddleOfAnArray() {
    byte[] five = new byte[12];
    Hex.upper(new byte[] {9, 1, (byte) 0xab, 0x1f, 0x20, 5, 9}, 1, 5, five, 1);
    assertThat(five).isEqualTo(("\0" + "01AB1F2005\0").getBytes(ISO_8859_1));
    byte[] out = new byte[8];
    Hex.upper(new byte[] {0, (byte) 0xab, 0x1f, 0}, 1, 2, out, 2);
    assertThat(out).isEqualTo("\0\0AB1F\0\0".getBytes(ISO_8859_1));
    Hex.lower(new byte[] {(byte) 0xab, 0x1f}, 0, 2, out, 4);
    assertThat(out).isEqualTo("\0\0ABab1f".getBytes(ISO_8859_1));
  }
}
