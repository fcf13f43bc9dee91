package dev.keyhold;

import java.net.InetAddress;
import java.util.Optional;

/// A host and a port to listen on, written `host:port`, or `[address]:port` for IPv6.
///
/// @param host a name or an address, without brackets
/// @param port 0 to 65535; 0 lets the system choose
public record Address(String host, int port) {
  private static final int MAX_PORT = 65_535;

  public static Optional<Address> parse(String text) {
    int colon = text.lastIndexOf(':');
    if (colon <= 0) {
      return Optional.empty();
    }
    String host = text.substring(0, colon);
    boolean bracketed = host.startsWith("[") && host.endsWith("]");
    if (bracketed) {
      host = host.substring(1, host.length() - 1);
    }
    if (bracketed != host.contains(":") || !isHost(host)) {
      return Optional.empty();
    }
    String hostFound = host;
    return Numbers.whole(text.substring(colon + 1), 0, MAX_PORT)
        .map(port -> new Address(hostFound, Math.toIntExact(port)));
  }

  private static boolean isHost(String host) {
    if (literal(host).isPresent()) {
      return true;
    }
    return host.matches("[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?") && !host.matches("[0-9.]+");
  }

  private static Optional<InetAddress> literal(String host) {
    try {
      return Optional.of(InetAddress.ofLiteral(host));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }

  /// Whether only this machine can connect. A name counts only if it is `localhost`: what another
  /// one resolves to can change.
  public boolean isLoopback() {
    return literal(host).map(InetAddress::isLoopbackAddress).orElse(host.equals("localhost"));
  }

  /// Whether it stands for all addresses of the machine.
  public boolean isWildcard() {
    return literal(host).map(InetAddress::isAnyLocalAddress).orElse(false);
  }

  /// `host:port` as a caller on this machine writes it.
  String reachableAt(int actualPort) {
    return new Address(isWildcard() ? "localhost" : host, actualPort).toString();
  }

  @Override
  public String toString() {
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
  }
}
