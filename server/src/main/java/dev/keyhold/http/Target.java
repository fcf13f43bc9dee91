package dev.keyhold.http;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException;

/// The target of a request line, known to have one reading only.
///
/// Refused are all spellings that two parsers may understand differently, since a signature check,
/// an authorization and a route would then speak of different things: empty and dot segments, a
/// slash or backslash inside a segment, parameters (`;`), control and other unprintable characters,
/// in the raw and in the escaped form, a fragment, invalid escapes, and anything but origin-form
/// (RFC 9112 §3.2.1). Escapes of harmless characters are fine.
///
/// @param path as received
/// @param query as received, without the question mark; empty when there is none
record Target(String path, String query) {

  static Target parse(String uri) {
    if (uri.isEmpty() || uri.charAt(0) != '/') {
      throw refused("The request target must be a path.");
    }
    int mark = uri.indexOf('?');
    int end = mark < 0 ? uri.length() : mark;
    checkPath(uri, end);
    if (mark < 0) {
      return new Target(uri, "");
    }
    checkQuery(uri, mark + 1);
    return new Target(uri.substring(0, mark), uri.substring(mark + 1));
  }

  private static void checkPath(String uri, int end) {
    boolean beyondAscii = false;
    int length = 0; // of the segment so far, in decoded bytes
    int dots = 0; // how many of them are dots
    for (int i = 1; i < end; i++) {
      int c = uri.charAt(i);
      if (c == '/') {
        checkSegment(length, dots);
        length = 0;
        dots = 0;
        continue;
      }
      checkRaw(c);
      if (c == ';') {
        throw refused("A path parameter is not allowed.");
      }
      if (c == '%') {
        c = escape(uri, i, end);
        i += 2;
        if (c == '/') {
          throw refused("An escaped slash is not allowed.");
        }
        beyondAscii |= c >= 0x80;
      }
      if (c == '\\') {
        throw refused("A backslash is not allowed.");
      }
      length++;
      dots += c == '.' ? 1 : 0;
    }
    if (length > 0) { // the last segment may be empty: that is a slash at the end
      checkSegment(length, dots);
    }
    if (beyondAscii) {
      Percent.decode(uri.substring(0, end)); // refuses what is no UTF-8
    }
  }

  private static void checkSegment(int length, int dots) {
    if (length == 0) {
      throw refused("An empty path segment is not allowed.");
    }
    if (dots == length && length <= 2) {
      throw refused("A dot segment is not allowed.");
    }
  }

  private static void checkQuery(String uri, int from) {
    for (int i = from; i < uri.length(); i++) {
      int c = uri.charAt(i);
      checkRaw(c);
      if (c == '%') {
        escape(uri, i, uri.length());
        i += 2;
      }
    }
  }

  private static void checkRaw(int c) {
    if (c <= ' ' || c >= 0x7f || c == '#') {
      throw refused("The URI holds a character that must be escaped.");
    }
  }

  private static int escape(String uri, int at, int end) {
    int value = at + 2 < end ? Percent.escape(uri, at) : -1;
    if (value < 0) {
      throw refused("The URI holds an invalid escape.");
    }
    if (value < ' ' || value == 0x7f) {
      throw refused("The URI holds a control character.");
    }
    return value;
  }

  private static KmsException.Rejected refused(String detail) {
    return GatewayError.BAD_REQUEST.rejected(detail);
  }
}
