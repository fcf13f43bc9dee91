package dev.keyhold.http;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import java.net.SocketAddress;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Counts connections as they are accepted. Vert.x tells of a connection when its TLS handshake is
/// done, and those that never get there must be counted too, so this stands in the transport: the
/// native one of this system, with a handler at the listening socket.
final class Doorway implements Transport {
  private final Transport transport;
  private final Edge edge;
  private final boolean tls;

  Doorway(Edge edge, boolean tls) {
    this.edge = edge;
    this.tls = tls;
    this.transport = preferred().implementation();
  }

  private static io.vertx.core.transport.Transport preferred() {
    io.vertx.core.transport.@Nullable Transport best =
        io.vertx.core.transport.Transport.nativeTransport();
    return best != null && best.available() ? best : io.vertx.core.transport.Transport.NIO;
  }

  /// As Vert.x wants it.
  io.vertx.core.transport.Transport named() {
    return new io.vertx.core.transport.Transport() {
      @Override
      public String name() {
        return preferred().name();
      }

      @Override
      public boolean available() {
        return true;
      }

      @Override
      public @Nullable Throwable unavailabilityCause() {
        return null;
      }

      @Override
      public Transport implementation() {
        return Doorway.this;
      }
    };
  }

  @Override
  public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
    transport.configure(options, domainSocket, bootstrap);
    bootstrap.handler(new Count());
  }

  /// At the listening socket, where a message is a new connection.
  @ChannelHandler.Sharable
  private final class Count extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (!(message instanceof Channel accepted)) {
        context.fireChannelRead(message);
        return;
      }
      if (edge.connections.incrementAndGet() > edge.limits.connections()) {
        edge.connections.decrementAndGet();
        edge.tellOfFullHouse();
        accepted.unsafe().closeForcibly(); // it belongs to no event loop yet
        return;
      }
      accepted
          .closeFuture()
          .addListener(_ -> {
            edge.connections.decrementAndGet();
            edge.handshakes.end(accepted);
          });
      if (tls) {
        accepted.pipeline().addFirst(new TlsRecords());
        edge.handshakes.begin(accepted);
      }
      context.fireChannelRead(message);
    }
  }

  @Override
  public boolean supportsDomainSockets() {
    return transport.supportsDomainSockets();
  }

  @Override
  public boolean supportFileRegion() {
    return transport.supportFileRegion();
  }

  @Override
  public SocketAddress convert(io.vertx.core.net.SocketAddress address) {
    return transport.convert(address);
  }

  @Override
  public io.vertx.core.net.SocketAddress convert(SocketAddress address) {
    return transport.convert(address);
  }

  @Override
  public IoHandlerFactory ioHandlerFactory() {
    return transport.ioHandlerFactory();
  }

  @Override
  public EventLoopGroup eventLoopGroup(
      int type, int threads, ThreadFactory threadFactory, int ioRatio) {
    return transport.eventLoopGroup(type, threads, threadFactory, ioRatio);
  }

  @Override
  public DatagramChannel datagramChannel() {
    return transport.datagramChannel();
  }

  @Override
  @SuppressWarnings("deprecation") // in the signature that Vert.x has
  public DatagramChannel datagramChannel(InternetProtocolFamily family) {
    return transport.datagramChannel(family);
  }

  @Override
  public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
    return transport.channelFactory(domainSocket);
  }

  @Override
  public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
    return transport.serverChannelFactory(domainSocket);
  }

  @Override
  public void configure(DatagramChannel channel, DatagramSocketOptions options) {
    transport.configure(channel, options);
  }

  @Override
  public void configure(
      ClientOptionsBase options, int connectTimeout, boolean domainSocket, Bootstrap bootstrap) {
    transport.configure(options, connectTimeout, domainSocket, bootstrap);
  }
}
