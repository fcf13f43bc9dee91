package dev.keyhold.iam;

import java.util.List;
import java.util.Optional;

/// What authentication reads of a request: everything but the body, as it was received.
///
/// Strings hold one character per received byte (ISO-8859-1), so that a signature over bytes can be
/// checked. Header names are given in lower case; values come without the white space around them.
public interface RequestHead {
  /// For example `POST`.
  String method();

  /// The path on the wire, without the query, percent-encoding untouched. Non-canonical paths
  /// (`//`, dot segments, encoded slashes) were refused before.
  String rawPath();

  /// The query on the wire without its `?`; empty when there is none.
  String rawQuery();

  /// The value of a header. Of a repeated header the first, so whatever must be unambiguous is read
  /// with [#headers].
  Optional<String> header(String lowerCaseName);

  /// All values of a header in the order received; empty when it is absent.
  List<String> headers(String lowerCaseName);

  /// The peer's IP address, without a port.
  String remoteAddress();
}
