package dev.keyhold.iam;

import java.util.List;
import java.util.Optional;

/// What came before the body of a request, as the one parser of the edge understood it: whoever
/// checks a signature and whoever routes the call look at the same text.
public interface RequestHead {

  /// In upper case, for example `POST`.
  String method();

  /// As received, without the query and known to be canonical: it begins with `/`, its escapes are
  /// valid, it has no empty and no dot segment.
  String rawPath();

  /// As received, without the question mark; empty when there is none.
  String rawQuery();

  /// The first value of a header.
  Optional<String> header(String lowerCaseName);

  /// All values of a header, in the order in which they came.
  List<String> headers(String lowerCaseName);

  /// The peer's IP address in text form.
  String remoteAddress();
}
