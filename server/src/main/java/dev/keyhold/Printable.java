package dev.keyhold;

/// Foreign text made fit for a message.
final class Printable {
  private static final int LONGEST = 80;

  private Printable() {}

  /// At most 80 characters, without control characters, which could forge lines of a log.
  static String brief(String text) {
    String start = text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    return start.replaceAll("\\p{Cntrl}", "?");
  }
}
