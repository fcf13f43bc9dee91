package dev.keyhold.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.List;

/// What many connections do at once to a server.
///
/// @param opening what each sends to begin with
/// @param everySecond what each sends once a second
/// @param again whether a connection begins again after each answer, and a new one takes the place
///   of one that is closed
/// @param halfOpen whether a connection sends nothing more after its opening, and says so (FIN)
record Abuse(
    String name,
    int connections,
    String opening,
    String everySecond,
    boolean again,
    boolean halfOpen) {
  private static final String HEAD = "GET /health/live HTTP/1.1\r\nHost: a\r\n";
  private static final String LIVE = HEAD + "\r\n";

  private Abuse(String name, int connections, String opening, String everySecond, boolean again) {
    this(name, connections, opening, everySecond, again, false);
  }

  /// @param kms the path of the project's calls, with a slash at its end
  /// @param slow a call that is slow
  /// @param limited a call under the rate limit
  static List<Abuse> all(String kms, PlainRequest slow, PlainRequest limited) {
    String post = "POST " + kms + "gen-random HTTP/1.1\r\nHost: a\r\n";
    return List.of(
        new Abuse("1,000 slow heads, a byte a second", 1000, HEAD + "X-Slow: ", "y", true),
        new Abuse(
            "1,000 slow bodies, a byte a second",
            1000,
            post + "Content-Length: 16000\r\n\r\n{",
            " ",
            true),
        new Abuse("1,000 connect and are silent", 1000, "", "", true),
        new Abuse("1,000 half a head, then half closed", 1000, HEAD, "", true, true),
        new Abuse("10,000 idle connections", 10_000, LIVE, "", false),
        new Abuse(
            "1,500 heads of 4,000 lines without an end",
            1500,
            HEAD + "x: y\r\n".repeat(4000),
            "",
            true),
        new Abuse(
            "64 times bodies over the limit",
            64,
            post + "Content-Length: 16385\r\n\r\n" + "x".repeat(16_385),
            "",
            true),
        new Abuse(
            "64 times a token that is none",
            64,
            post + "X-Auth-Token: none\r\nContent-Length: 2\r\n\r\n{}",
            "",
            true),
        new Abuse("64 times list-keys, over the rate", 64, text(limited), "", true),
        new Abuse("2,000 times sign RSA-2048", 2000, text(slow), "", true));
  }

  private static String text(PlainRequest request) {
    return new String(request.onTheWire("127.0.0.1"), US_ASCII);
  }
}
