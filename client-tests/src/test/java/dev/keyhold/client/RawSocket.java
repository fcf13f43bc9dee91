package dev.keyhold.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/// Bytes on a connection, for requests that no HTTP client would make.
final class RawSocket {
  private static final int LIMIT_MILLIS = 10_000;
  private static final int MOST_BYTES = 1 << 20;

  private RawSocket() {}

  /// Sends `request` and returns all that comes until the server closes the connection, or, when it
  /// keeps it open, until a whole answer is there.
  static String exchange(int port, byte[] request) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(LIMIT_MILLIS);
      // Beside the reading: the server may answer, and stop listening, before it has all. The
      // closing of the socket ends this thread.
      Thread.ofVirtual().start(() -> write(socket, request));
      return read(socket.getInputStream());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  static String exchange(int port, String request) {
    return exchange(port, request.getBytes(StandardCharsets.ISO_8859_1));
  }

  /// The status of an answer, 0 when there is none.
  static int status(String answer) {
    return answer.startsWith("HTTP/1.") && answer.length() > 12
        ? Integer.parseInt(answer.substring(9, 12))
        : 0;
  }

  private static void write(Socket socket, byte[] request) {
    try {
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
    } catch (IOException _) {
      // The server had heard enough and hung up; what it answered is what counts.
    }
  }

  private static String read(InputStream in) throws IOException {
    var all = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    try {
      while (!isWhole(all) && all.size() < MOST_BYTES) {
        int n = in.read(buffer);
        if (n < 0) {
          break;
        }
        all.write(buffer, 0, n);
      }
    } catch (SocketException _) {
      // A reset after the answer: the server did not read all that we sent.
    }
    return all.toString(StandardCharsets.UTF_8);
  }

  private static boolean isWhole(ByteArrayOutputStream received) {
    String text = received.toString(StandardCharsets.ISO_8859_1);
    int headEnd = text.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      return false;
    }
    for (String line : text.substring(0, headEnd).lines().toList()) {
      if (line.regionMatches(true, 0, "content-length:", 0, 15)) {
        return text.length() >= headEnd + 4 + Integer.parseInt(line.substring(15).strip());
      }
    }
    return false;
  }
}
