package dev.keyhold.http;

import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.concurrent.atomic.AtomicLong;

/// Makes request ids: 32 hexadecimal characters, 16 of them drawn once for the process, so that no
/// other has the same, and 16 counted, so that no other request has. They are no secret.
final class RequestIds {
  private static final byte[] DIGITS = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final int HALF = 16;

  private final byte[] process = new byte[HALF];
  private final AtomicLong count;

  RequestIds() {
    var random = new SecureRandom();
    hex(random.nextLong(), process, 0);
    count = new AtomicLong(random.nextLong());
  }

  String next() {
    var text = new byte[2 * HALF];
    System.arraycopy(process, 0, text, 0, HALF);
    hex(scatter(count.getAndIncrement()), text, HALF);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /// A bijection (SplitMix64's finisher), so that an id does not show how busy the server is.
  private static long scatter(long z) {
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  private static void hex(long value, byte[] to, int at) {
    for (int i = HALF - 1; i >= 0; i--) {
      to[at + i] = DIGITS[(int) (value & 0xf)];
      value >>>= 4;
    }
  }
}
