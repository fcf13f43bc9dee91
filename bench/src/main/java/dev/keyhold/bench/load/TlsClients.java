package dev.keyhold.bench.load;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.keyhold.tls.OwnCertificate;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;

/// Connections over TLS to a server with a new certificate: one that works, and many that do
/// nothing.
final class TlsClients implements AutoCloseable {
  private static final String LENGTH = "\r\ncontent-length:";
  private static final int SILENCE_MILLIS = 20_000;

  private final List<Connection> idle = new ArrayList<>();
  private final Path certificate;
  private final Path key;
  private final SSLSocketFactory sockets;

  private TlsClients(Path certificate, Path key, SSLSocketFactory sockets) {
    this.certificate = certificate;
    this.key = key;
    this.sockets = sockets;
  }

  /// @param folder made when it is missing; gets the certificate and its key
  static TlsClients create(Path folder) throws IOException {
    var made = OwnCertificate.create(List.of("127.0.0.1"), Instant.now(), new SecureRandom());
    Files.createDirectories(folder);
    Path certificate = folder.resolve("server.crt");
    Path key = folder.resolve("server.key");
    Files.writeString(certificate, made.certificatePem());
    Files.createFile(
        key, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(key, made.keyPem());
    return new TlsClients(certificate, key, trusting(certificate));
  }

  private static SSLSocketFactory trusting(Path certificate) throws IOException {
    try (InputStream pem = Files.newInputStream(certificate)) {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry(
          "server", CertificateFactory.getInstance("X.509").generateCertificate(pem));
      var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (GeneralSecurityException failure) {
      throw new LoadFailed("no TLS: " + failure.getMessage());
    }
  }

  /// What the server is to be started with.
  List<String> settings() {
    return List.of("tls.mode=pem", "tls.cert=" + certificate, "tls.key=" + key);
  }

  private record Connection(Socket socket) implements AutoCloseable {
    /// @return the status
    int call(byte[] request) throws IOException {
      socket.getOutputStream().write(request);
      InputStream in = socket.getInputStream();
      var head = new StringBuilder();
      while (head.indexOf("\r\n\r\n") < 0) {
        int next = in.read();
        if (next < 0) {
          throw new IOException("the server has closed the connection");
        }
        head.append((char) next);
      }
      in.skipNBytes(length(head.toString().toLowerCase(Locale.ROOT)));
      return Integer.parseInt(head.substring(9, 12));
    }

    private static int length(String head) {
      int at = head.indexOf(LENGTH);
      return at < 0
          ? 0
          : Integer.parseInt(
              head.substring(at + LENGTH.length(), head.indexOf('\r', at + 2)).strip());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Connection connect(int port) throws IOException {
    var socket = sockets.createSocket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(SILENCE_MILLIS);
    socket.setTcpNoDelay(true);
    return new Connection(socket);
  }

  /// Whether the server answers with success.
  boolean serves(int port) {
    try (var connection = connect(port)) {
      return connection.call(live()) == 200;
    } catch (IOException _) {
      return false;
    }
  }

  /// One connection that sends a request after the other.
  ///
  /// @throws LoadFailed when an answer was no success
  Generator.Slice work(PlainRequest request, int port, Duration duration) throws IOException {
    byte[] bytes = request.onTheWire("127.0.0.1:" + port);
    var tally = new Tally();
    try (var connection = connect(port)) {
      long begin = System.nanoTime();
      long sent = begin;
      while (sent - begin < duration.toNanos() && !tally.hasFailed()) {
        int status = connection.call(bytes);
        long now = System.nanoTime();
        tally.answered(now - sent, status / 100 == 2);
        sent = now;
      }
      return tally.slice(request, Duration.ofNanos(sent - begin));
    }
  }

  /// Opens connections that have had one answer each and want nothing more, until the server takes
  /// no more.
  ///
  /// @return how many there are
  int idle(int port, int most) {
    try {
      while (idle.size() < most) {
        var connection = connect(port);
        idle.add(connection); // before the call, so that it is closed whatever comes of that
        connection.call(live());
      }
    } catch (IOException _) {
      return alive();
    }
    return idle.size();
  }

  /// How many of the idle ones still have an answer to a call.
  int alive() {
    int count = 0;
    for (Connection connection : idle) {
      try {
        count += connection.call(live()) == 200 ? 1 : 0;
      } catch (IOException _) {
        // One that is not held.
      }
    }
    return count;
  }

  private static byte[] live() {
    return "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII);
  }

  @Override
  public void close() throws IOException {
    for (Connection connection : idle) {
      connection.close();
    }
    idle.clear();
  }
}
