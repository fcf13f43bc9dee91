package dev.keyhold.http;

import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.impl.HttpServerConnection;
import io.vertx.core.net.KeyCertOptions;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one listening socket, served by an event loop a processor. HTTP/1.1 (and 1.0), over TLS 1.3
/// or 1.2 when there is a key.
public final class Listener implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Listener.class);
  private static final Duration START_TIME = Duration.ofSeconds(30);

  /// How long pieces of what went through stay in pooled buffers.
  private static final Duration FORGET = Duration.ofSeconds(10);

  private static final Duration LAST_WAIT = Duration.ofSeconds(5);

  /// To Vert.x: any free port, and the same for all event loops.
  private static final int ANY_PORT = -1;

  /// With forward secrecy and an AEAD only; the TLS 1.3 suites all are so.
  private static final List<String> TLS_SUITES =
      List.of(
          "TLS_AES_256_GCM_SHA384",
          "TLS_AES_128_GCM_SHA256",
          "TLS_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
          "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
          "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
          "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256");

  private final Edge edge;
  private final Vertx vertx;
  private final Queue<HttpServer> servers = new ConcurrentLinkedQueue<>();

  private Listener(Edge edge, Vertx vertx) {
    this.edge = edge;
    this.vertx = vertx;
  }

  /// Starts to serve; returns once the socket listens.
  ///
  /// @param host a name or an address of this machine
  /// @param port 0 lets the system choose
  /// @param key the server's private key and certificate chain; plain HTTP without
  /// @param proxies who tells truly where a request has come from
  /// @throws IOException when the socket can't be had
  public static Listener start(
      String host,
      int port,
      Optional<X509KeyManager> key,
      RouteTable table,
      Dispatcher dispatcher,
      Limits limits,
      TrustedProxies proxies)
      throws IOException {
    int loops = Runtime.getRuntime().availableProcessors();
    var edge = new Edge(table, dispatcher, limits, proxies, loops);
    var vertx =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(loops)
                    .setDisableTCCL(true) // there is one class loader
                    .setFileSystemOptions(
                        new FileSystemOptions()
                            .setFileCachingEnabled(false)
                            .setClassPathResolvingEnabled(false)))
            .withTransport(new Doorway(edge, key.isPresent()).named())
            .build();
    var listener = new Listener(edge, vertx);
    var options = options(host, port == 0 ? ANY_PORT : port, key, limits);
    try {
      await(
          vertx.deployVerticle(
              () -> listener.new Loop(options), new DeploymentOptions().setInstances(loops)),
          START_TIME);
      return listener;
    } catch (ExecutionException | TimeoutException failure) {
      listener.close();
      throw new IOException("Cannot listen on " + host + " port " + port, failure);
    }
  }

  private static HttpServerOptions options(
      String host, int port, Optional<X509KeyManager> key, Limits limits) {
    int methodAndVersion = 64;
    var options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            .setMaxInitialLineLength(limits.uriBytes() + methodAndVersion)
            .setMaxHeaderSize(limits.headBytes())
            .setMaxChunkSize(16 * 1024) // of a body: most are one piece
            .setAcceptBacklog(1024)
            .setStrictThreadMode(true) // all answers are written on the event loop
            .setHttp2ClearTextEnabled(false)
            .setCompressionSupported(
                false) // the length of a compressed answer tells of its secrets
            .setPerFrameWebSocketCompressionSupported(false)
            .setPerMessageWebSocketCompressionSupported(false);
    key.ifPresent(it ->
        options
            .setSsl(true)
            .setKeyCertOptions(KeyCertOptions.wrap(it))
            .setEnabledSecureTransportProtocols(new LinkedHashSet<>(List.of("TLSv1.3", "TLSv1.2")))
            .setSslHandshakeTimeout(limits.headTime().toMillis())
            .setSslHandshakeTimeoutUnit(TimeUnit.MILLISECONDS));
    if (key.isPresent()) {
      TLS_SUITES.forEach(options::addEnabledCipherSuite);
    }
    return options;
  }

  /// The server of one event loop.
  private final class Loop extends VerticleBase {
    private final HttpServerOptions options;
    private final EdgeLoop loop = new EdgeLoop(edge);

    Loop(HttpServerOptions options) {
      this.options = options;
    }

    @Override
    public Future<?> start() {
      vertx.setPeriodic(edge.limits.tick().toMillis(), _ -> loop.tick());
      vertx.setPeriodic(FORGET.toMillis(), _ -> Json.forget());
      HttpServer server =
          vertx
              .createHttpServer(options)
              .requestHandler(_ -> {}) // each connection has its own, see #attach
              .exceptionHandler(failure -> LOG.debug("connection failed", failure))
              .connectionHandler(this::attach);
      servers.add(server);
      return server.listen();
    }

    /// Puts our handlers into a new connection: the one place that reaches below the API of Vert.x.
    private void attach(HttpConnection connection) {
      var http = (HttpServerConnection) connection;
      ChannelPipeline pipeline = http.channelHandlerContext().pipeline();
      if (connection.isSsl()) {
        edge.handshakes.end(pipeline.channel());
      }
      // The end of the client's side is not the connection's: the guard sees to that.
      pipeline.channel().config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
      var guard = new ConnectionGuard(edge, loop, options);
      pipeline.addBefore("httpDecoder", "guard", guard);
      pipeline.replace("httpDecoder", "httpDecoder", guard.decoder());
      TlsRecords records = pipeline.get(TlsRecords.class);
      if (records != null) {
        records.tell(guard);
      }
      pipeline.replace("httpEncoder", "httpEncoder", new OnePieceEncoder());
      var conversation =
          new Conversation(edge, loop, guard, connection.remoteAddress().hostAddress());
      http.handler(conversation).invalidRequestHandler(conversation::handleInvalid);
    }
  }

  /// The port that is listened on.
  public int port() {
    return servers.element().actualPort();
  }

  /// Takes no more connections, lets the requests in flight end, then closes.
  ///
  /// @param grace the longest that they are waited for
  public void drain(Duration grace) {
    edge.draining = true;
    var done =
        servers.stream().map(it -> it.shutdown(grace.toMillis(), TimeUnit.MILLISECONDS)).toList();
    try {
      await(Future.join(done), grace.plus(LAST_WAIT));
    } catch (ExecutionException | TimeoutException failure) {
      LOG.warn("could not stop listening in an orderly way", failure);
    }
    close();
  }

  /// Closes at once what is still open.
  @Override
  public void close() {
    try {
      await(vertx.close(), LAST_WAIT);
    } catch (ExecutionException | TimeoutException failure) {
      LOG.warn("could not close the listener in an orderly way", failure);
    }
  }

  private static void await(Future<?> future, Duration most)
      throws ExecutionException, TimeoutException {
    try {
      future.toCompletionStage().toCompletableFuture().get(most.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
