package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameTest {
  @Test
  void spellingsOfOneNameAreOne() {
    assertThat(Name.parse(" Ame\u0301lie \n")).contains(new Name("Am\u00e9lie"));
    assertThat(Name.parse("\u2003cn-north-4\t")).contains(new Name("cn-north-4"));
  }

  @Test
  void namesThatDifferInCaseAreTwo() {
    assertThat(Name.parse("Alice")).isNotEqualTo(Name.parse("alice"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a\0b",
        "a\nb",
        "a\u200bb",
        "a\u202eb",
        "\ud800",
        "a\ue000",
        "\u2028x\u2028y"
      })
  void refusesWhatNobodyCanReadOrType(String text) {
    assertThat(Name.parse(text)).isEmpty();
  }

  @Test
  void hasAtMost64Characters() {
    assertThat(Name.parse("x".repeat(64))).isPresent();
    assertThat(Name.parse("x".repeat(65))).isEmpty();
    assertThat(Name.parse("x".repeat(100_000))).isEmpty();
  }

  @Test
  void holdsTheNormalSpellingOnly() {
    assertThatThrownBy(() -> new Name(" a")).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Name("e\u0301")).isInstanceOf(IllegalArgumentException.class);
  }
}
