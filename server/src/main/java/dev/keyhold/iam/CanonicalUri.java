package dev.keyhold.iam;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The path and query of a request in the form that is signed: decoded and encoded again, because
/// clients leave different characters unencoded on the wire. Source: API Gateway, "AK/SK Signing",
/// CanonicalURI and CanonicalQueryString.
///
/// What is decoded here must be what the edge decodes, or a request could mean another thing than
/// was signed. So a `+` is a plus, in the query too (RFC 3986).
final class CanonicalUri {
  private static final byte[] NOTHING = {};

  private CanonicalUri() {}

  /// Adds the path: every segment decoded and encoded, with `/` at its end.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` for a broken escape
  static void addPath(String rawPath, ByteText out) {
    for (int i = 0; i < rawPath.length(); i++) {
      char c = rawPath.charAt(i);
      if (c == '/') {
        out.add('/'); // a decoded slash, in contrast, is encoded again: segments stay what they are
      } else if (c == '%') {
        out.addEncoded(escaped(rawPath, i));
        i += 2;
      } else {
        out.addEncoded(asByte(c));
      }
    }
    if (!rawPath.endsWith("/")) {
      out.add('/');
    }
  }

  /// Adds the query: parameters sorted by name, then by value, as `name=value` joined by `&`. (For
  /// a name that occurs twice the Go SDK sorts the values and the Java SDK does not. The API has
  /// none.)
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0301` for a broken escape
  static void addQuery(String rawQuery, ByteText out) {
    if (rawQuery.isEmpty()) {
      return;
    }
    List<Parameter> parameters = parse(rawQuery);
    parameters.sort(Parameter::compareTo);
    for (int i = 0; i < parameters.size(); i++) {
      if (i > 0) {
        out.add('&');
      }
      addEncoded(parameters.get(i).name(), out);
      out.add('=');
      addEncoded(parameters.get(i).value(), out);
    }
  }

  private static List<Parameter> parse(String rawQuery) {
    List<Parameter> parameters = new ArrayList<>();
    int start = 0;
    while (start < rawQuery.length()) {
      int ampersand = rawQuery.indexOf('&', start);
      int end = ampersand < 0 ? rawQuery.length() : ampersand;
      if (end > start) {
        int equals = rawQuery.indexOf('=', start);
        parameters.add(
            equals < 0 || equals > end
                ? new Parameter(decoded(rawQuery, start, end), NOTHING)
                : new Parameter(
                    decoded(rawQuery, start, equals), decoded(rawQuery, equals + 1, end)));
      }
      start = end + 1;
    }
    return parameters;
  }

  private static byte[] decoded(String text, int start, int end) {
    byte[] bytes = new byte[end - start];
    int length = 0;
    for (int i = start; i < end; i++) {
      char c = text.charAt(i);
      if (c == '%') {
        if (i + 2 >= end) {
          throw brokenEscape();
        }
        bytes[length++] = (byte) escaped(text, i);
        i += 2;
      } else {
        bytes[length++] = (byte) asByte(c);
      }
    }
    return Arrays.copyOf(bytes, length);
  }

  private static void addEncoded(byte[] bytes, ByteText out) {
    for (byte b : bytes) {
      out.addEncoded(b);
    }
  }

  /// The byte that the three characters from `percent` on stand for.
  private static int escaped(String text, int percent) {
    if (percent + 2 >= text.length()) {
      throw brokenEscape();
    }
    int high = hexDigit(text.charAt(percent + 1));
    int low = hexDigit(text.charAt(percent + 2));
    if (high < 0 || low < 0) {
      throw brokenEscape();
    }
    return (high << 4) | low;
  }

  private static int hexDigit(char c) {
    return c < 0x80 ? Character.digit(c, 16) : -1;
  }

  private static int asByte(char c) {
    if (c > 0xFF) {
      throw Refusals.malformedSignature("the URI holds a character that is no byte");
    }
    return c;
  }

  private static RuntimeException brokenEscape() {
    return Refusals.malformedSignature("the URI has a % that two hexadecimal digits do not follow");
  }

  /// A query parameter, decoded. Sorted by the bytes of its name, then of its value.
  @SuppressWarnings(
      "ArrayRecordComponent") // made, sorted and dropped here; never compared for equality
  private record Parameter(byte[] name, byte[] value) implements Comparable<Parameter> {
    @Override
    public int compareTo(Parameter other) {
      int byName = Arrays.compareUnsigned(name, other.name);
      return byName != 0 ? byName : Arrays.compareUnsigned(value, other.value);
    }
  }
}
