package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

final class PagingTest {
  private static final Optional<WireNumber> ABSENT = Optional.empty();

  @Test
  void absentOrEmptyIsTheUsualPage() {
    assertThat(Paging.byMarker(ABSENT, number(""))).isEqualTo(new Paging(0, 1000));
    assertThat(Paging.ofQuery(Optional.empty(), Optional.of(""))).isEqualTo(new Paging(0, 10));
  }

  @Test
  void boundsAreTakenAndWhatIsBeyondThemIsRefusedByTheirNumbers() {
    assertThat(Paging.byMarker(number("1"), number("999999999")))
        .isEqualTo(new Paging(999_999_999, 1));
    assertRefused(() -> Paging.byMarker(number("0"), ABSENT), KmsError.INVALID_LIMIT, "1 to 1000");
    assertRefused(
        () -> Paging.byMarker(number("1001"), ABSENT), KmsError.INVALID_LIMIT, "1 to 1000");
    assertRefused(
        () -> Paging.byMarker(ABSENT, number("1000000000")),
        KmsError.INVALID_MARKER,
        "0 to 999999999");
    assertRefused(
        () -> Paging.ofQuery(Optional.empty(), Optional.of("1000000000")),
        KmsError.INVALID_OFFSET,
        "0 to 999999999");
    assertRefused(
        () -> Paging.byOffset(ABSENT, number("-1"), KmsError.TAG_OFFSET),
        KmsError.TAG_OFFSET,
        "0 to 999999999");
  }

  @Test
  void limitIsToldBeforeTheOffset() {
    assertRefused(
        () -> Paging.byMarker(number("x"), number("x")), KmsError.INVALID_LIMIT, "1 to 1000");
  }

  @Test
  void lastPageHasNoNextMarker() {
    var page = new Paging(10, 5);
    assertThat(page.hasNext(15)).isFalse();
    assertThat(page.nextMarker(15)).isEmpty();
    assertThat(page.hasNext(16)).isTrue();
    assertThat(page.nextMarker(16)).isEqualTo("15");
  }

  private static Optional<WireNumber> number(String text) {
    return Optional.of(new WireNumber(text));
  }

  private static void assertRefused(ThrowingCallable call, KmsError error, String bounds) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            Rejected.class,
            refused -> {
              assertThat(refused.error()).isEqualTo(error);
              assertThat(refused.detail()).contains(bounds);
            });
  }
}
