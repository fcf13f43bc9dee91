package dev.keyhold.operation;

import dev.keyhold.error.ApiError;
import dev.keyhold.error.KmsError;
import java.util.Optional;

/// Which part of a list a caller asks for, and how they learn that there is more.
///
/// @param offset how many to skip, 0 to 999,999,999
/// @param limit how many to tell at the most, 1 to 1000
record Paging(int offset, int limit) {
  static final int MOST_LIMIT = 1000;

  private static final int MOST_OFFSET = 999_999_999;
  private static final int SHORT_LIMIT = 10;

  /// Of a list whose next page begins at its `next_marker`; 1000 when nothing is asked for.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1601`, `KMS.1602`
  static Paging byMarker(Optional<WireNumber> limit, Optional<WireNumber> marker) {
    int most = limit(limit, MOST_LIMIT);
    return new Paging(offset(marker, "marker", KmsError.INVALID_MARKER), most);
  }

  /// Of a list without markers; 10 when nothing is asked for.
  ///
  /// @param wrongOffset the error for an offset out of bounds
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1601`, or `wrongOffset`
  static Paging byOffset(
      Optional<WireNumber> limit, Optional<WireNumber> offset, ApiError wrongOffset) {
    int most = limit(limit, SHORT_LIMIT);
    return new Paging(offset(offset, "offset", wrongOffset), most);
  }

  /// Likewise, asked for in the query of a URL.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1601`, `KMS.1603`
  static Paging ofQuery(Optional<String> limit, Optional<String> offset) {
    return byOffset(
        limit.map(WireNumber::new), offset.map(WireNumber::new), KmsError.INVALID_OFFSET);
  }

  /// @param usual the limit when none is given
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.1601`
  static int limit(Optional<WireNumber> limit, int usual) {
    return Wire.givenNumber(limit)
        .map(given -> Wire.number(given, "limit", 1, MOST_LIMIT, KmsError.INVALID_LIMIT))
        .orElse(usual);
  }

  private static int offset(Optional<WireNumber> offset, String member, ApiError wrong) {
    return Wire.givenNumber(offset)
        .map(given -> Wire.number(given, member, 0, MOST_OFFSET, wrong))
        .orElse(0);
  }

  /// Whether something follows this page. What is left out of it, because it was altered, counts.
  boolean hasNext(long total) {
    return next() < total;
  }

  /// The marker of the next page; empty on the last one.
  String nextMarker(long total) {
    return hasNext(total) ? Long.toString(next()) : "";
  }

  private long next() {
    return (long) offset + limit;
  }
}
