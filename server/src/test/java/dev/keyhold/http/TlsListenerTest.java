package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TlsListenerTest {
  private static final char[] NO_PASSWORD = {};

  private static TestEdge edge;
  private static SSLContext trusting;
  private static X509KeyManager key;

  @BeforeAll
  static void start() throws Exception {
    var generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    var pair = generator.generateKeyPair();
    var name = new X500Name("CN=localhost");
    var now = Instant.now();
    X509Certificate certificate =
        new JcaX509CertificateConverter()
            .getCertificate(
                new JcaX509v3CertificateBuilder(
                        name,
                        BigInteger.ONE,
                        Date.from(now.minusSeconds(60)),
                        Date.from(now.plusSeconds(3600)),
                        name,
                        pair.getPublic())
                    .addExtension(
                        Extension.subjectAlternativeName,
                        false,
                        new GeneralNames(new GeneralName(GeneralName.iPAddress, "127.0.0.1")))
                    .build(
                        new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));

    var store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    store.setKeyEntry(
        "server", pair.getPrivate(), NO_PASSWORD, new X509Certificate[] {certificate});
    var keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, NO_PASSWORD);

    var trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    trusted.setCertificateEntry("server", certificate);
    var trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(trusted);
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);

    key = (X509KeyManager) keys.getKeyManagers()[0];
    edge = new TestEdge(Limits.standard(), Optional.of(key), List.of());
  }

  @AfterAll
  static void stop() {
    edge.close();
  }

  private static SSLSocket connect(String... protocols) throws IOException {
    var socket =
        (SSLSocket)
            trusting.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), edge.port());
    socket.setSoTimeout(20_000);
    if (protocols.length > 0) {
      socket.setEnabledProtocols(protocols);
    }
    return socket;
  }

  private static String firstLineOf(SSLSocket socket, String request) throws IOException {
    socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
    var answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1);
    socket.getInputStream().readAllBytes(); // up to an orderly end
    return answer;
  }

  @Test
  void bothProtocolVersionsAreSpoken() throws IOException {
    String request = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    for (var version : List.of("TLSv1.3", "TLSv1.2")) {
      try (var socket = connect(version)) {
        assertThat(firstLineOf(socket, request)).isEqualTo("HTTP/1.1 200");
        assertThat(socket.getSession().getProtocol()).isEqualTo(version);
        assertThat(socket.getSession().getCipherSuite()).containsAnyOf("_GCM_", "_CHACHA20_");
      }
    }
  }

  @Test
  void ordinaryClientIsServedOverHttp1() throws Exception {
    try (var client =
        HttpClient.newBuilder()
            .sslContext(trusting)
            .connectTimeout(Duration.ofSeconds(20))
            .build()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(
                      URI.create("https://127.0.0.1:" + edge.port() + "/health/ready"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_1_1);
    }
  }

  @Test
  void refusalsCanBeReadToTheEnd() throws IOException {
    try (var socket = connect()) {
      assertThat(firstLineOf(socket, "GET // HTTP/1.1\r\nHost: a\r\n\r\n"))
          .isEqualTo("HTTP/1.1 400");
    }
    try (var socket = connect()) {
      String announced = "Content-Length: 99999999\r\n\r\n" + "x".repeat(40_000);
      assertThat(firstLineOf(socket, "POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\n" + announced))
          .isEqualTo("HTTP/1.1 413");
    }
  }

  @Test
  void connectionThatNeverShakesHandsCountsFromWhenItIsAccepted() throws IOException {
    var limits = Limits.standard().withConnections(2);
    try (var small = new TestEdge(limits, Optional.of(key), List.of());
        var first = small.connect();
        var second = small.connect();
        var third = small.connect()) {
      assertThat(third.isAtEnd()).isTrue();
      assertThat(first.socket().isConnected() && second.socket().isConnected()).isTrue();
    }
  }

  @Test
  void oldestOfTooManyHandshakesMakesRoom() throws IOException {
    var silent = new ArrayList<RawClient>();
    try {
      for (int i = 0; i < 513; i++) {
        silent.add(edge.connect());
      }
      assertThat(silent.getFirst().isAtEnd()).isTrue();
      try (var honest = connect()) {
        String request = "GET /health/live HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        assertThat(firstLineOf(honest, request)).isEqualTo("HTTP/1.1 200");
      }
    } finally {
      for (RawClient each : silent) {
        each.close();
      }
    }
  }

  @Test
  void unfinishedHandshakeHasADeadline() throws IOException {
    var limits =
        Limits.standard()
            .withTimes(
                Duration.ofSeconds(1),
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ofMillis(20));
    try (var hasty = new TestEdge(limits, Optional.of(key), List.of());
        var silent = hasty.connect();
        var babbling = hasty.connect()) {
      babbling.send("\26\3\1\2\0\1"); // the begin of a ClientHello
      assertThat(silent.isAtEnd()).isTrue();
      assertThat(babbling.isAtEnd()).isTrue();
    }
  }

  /// Sends `bytes` behind a request that is answered, beside TLS.
  ///
  /// @return once the server has ended the connection
  private static void assertEnded(TestEdge server, byte[] bytes) throws IOException {
    try (var plain = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      plain.setSoTimeout(10_000);
      var secure =
          (SSLSocket)
              trusting
                  .getSocketFactory()
                  .createSocket(
                      plain, plain.getInetAddress().getHostAddress(), plain.getPort(), true);
      String request = "GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n";
      secure.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      assertThat(new String(secure.getInputStream().readNBytes(12), StandardCharsets.ISO_8859_1))
          .isEqualTo("HTTP/1.1 200");
      plain.getOutputStream().write(bytes);
      try {
        plain.getInputStream().transferTo(OutputStream.nullOutputStream());
      } catch (SocketException _) { // bytes that nobody has read make the end a reset
      }
    }
  }

  @Test
  void unfinishedRecordHasADeadline() throws IOException {
    var never = Duration.ofHours(1);
    var limits =
        Limits.standard().withTimes(Duration.ofSeconds(1), never, never, Duration.ofMillis(20));
    try (var hasty = new TestEdge(limits, Optional.of(key), List.of())) {
      byte[] record = new byte[16_000];
      System.arraycopy(new byte[] {0x17, 3, 3, 0x40, 0}, 0, record, 0, 5);
      assertEnded(hasty, record);
    }
  }

  @Test
  void recordThatCannotBeIsNotWaitedFor() throws IOException {
    assertEnded(edge, new byte[] {0x17, 3, 3, 0x7f, (byte) 0xff, 1, 2, 3});
  }

  @Test
  void unfinishedRecordsHaveABudgetAndGiveItBack() throws IOException {
    var never = Duration.ofHours(1);
    var limits =
        Limits.standard()
            .withTimes(never, never, never, Duration.ofMillis(20))
            .withUnfinished(12 * 1024);
    try (var small = new TestEdge(limits, Optional.of(key), List.of())) {
      byte[] record = new byte[16_000];
      System.arraycopy(new byte[] {0x17, 3, 3, 0x40, 0}, 0, record, 0, 5);
      assertEnded(small, record);
      assertEnded(small, record); // which is answered before
    }
  }

  @Test
  void weakSuiteIsRefused() throws IOException {
    try (var socket = connect("TLSv1.2")) {
      socket.setEnabledCipherSuites(new String[] {"TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256"});
      assertThatThrownBy(socket::startHandshake).isInstanceOf(SSLException.class);
    }
  }

  @Test
  void plainRequestGetsNothing() throws IOException {
    try (var client = edge.connect()) {
      client.send("GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(
              new String(
                  client.socket().getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1))
          .doesNotContain("UP");
    }
  }
}
