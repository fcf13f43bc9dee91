package dev.keyhold.http;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Whose `X-Forwarded-For` is believed. From anybody else that header is a claim like any other,
/// and is passed over: a caller could else choose under which address failures are counted and
/// calls are recorded.
public record TrustedProxies(List<Network> networks) {
  private static final char LIST = ',';

  public TrustedProxies {
    networks = List.copyOf(networks);
  }

  /// @param address of the network, its host bits included
  /// @param prefix how many leading bits count
  public record Network(InetAddress address, int prefix) {

    /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address.
    static Optional<Network> parse(String text) {
      int slash = text.indexOf('/');
      Optional<InetAddress> address = literal(slash < 0 ? text : text.substring(0, slash));
      if (address.isEmpty()) {
        return Optional.empty();
      }
      int bits = address.get().getAddress().length * Byte.SIZE;
      if (slash < 0) {
        return Optional.of(new Network(address.get(), bits));
      }
      String prefix = text.substring(slash + 1);
      return Optional.of(prefix)
          .filter(it -> it.matches("0|[1-9][0-9]{0,2}"))
          .map(Integer::valueOf)
          .filter(it -> it <= bits)
          .map(it -> new Network(address.get(), it));
    }

    boolean contains(InetAddress other) {
      byte[] mine = address.getAddress();
      byte[] theirs = other.getAddress();
      if (mine.length != theirs.length) {
        return false;
      }
      for (int bit = 0; bit < prefix; bit += Byte.SIZE) {
        int differing = (mine[bit / Byte.SIZE] ^ theirs[bit / Byte.SIZE]) & 0xff;
        int rest = Math.max(0, Byte.SIZE - (prefix - bit));
        if (differing >> rest != 0) {
          return false;
        }
      }
      return true;
    }
  }

  public static TrustedProxies none() {
    return new TrustedProxies(List.of());
  }

  /// Reads networks with commas between them.
  public static Optional<TrustedProxies> parse(String text) {
    var networks = new ArrayList<Network>();
    for (String each : text.split(",", -1)) {
      Optional<Network> network = Network.parse(each.strip());
      if (network.isEmpty()) {
        return Optional.empty();
      }
      networks.add(network.get());
    }
    return Optional.of(new TrustedProxies(networks));
  }

  /// Whether the peer with this address is a proxy of ours.
  boolean trust(String address) {
    return !networks.isEmpty() && literal(address).filter(this::contain).isPresent();
  }

  /// Where a request that came from a trusted proxy began: each proxy adds the peer that it saw at
  /// the end, so the last address that is no proxy of ours is true, and what is before it is only
  /// said.
  ///
  /// @param proxy the peer's address
  /// @param forwardedFor the values of all `X-Forwarded-For`, in the order in which they came
  String source(String proxy, List<String> forwardedFor) {
    String source = proxy;
    for (String hops : forwardedFor.reversed()) {
      int end = hops.length();
      while (end >= 0) {
        int comma = hops.lastIndexOf(LIST, end - 1);
        Optional<InetAddress> hop = hop(hops.substring(comma + 1, end).strip());
        if (hop.isEmpty()) {
          return source; // not what a proxy writes: nothing before it is known either
        }
        source = hop.get().getHostAddress();
        if (!contain(hop.get())) {
          return source;
        }
        end = comma;
      }
    }
    return source;
  }

  private boolean contain(InetAddress address) {
    return networks.stream().anyMatch(it -> it.contains(address));
  }

  /// An address, which some proxies write with the port of the peer.
  private static Optional<InetAddress> hop(String text) {
    if (text.startsWith("[")) {
      int end = text.indexOf(']');
      return end < 0 ? Optional.empty() : literal(text.substring(1, end));
    }
    int colon = text.indexOf(':');
    boolean hasPort = colon >= 0 && colon == text.lastIndexOf(':');
    return literal(hasPort ? text.substring(0, colon) : text);
  }

  private static Optional<InetAddress> literal(String text) {
    if (text.indexOf('%') >= 0
        || (text.indexOf(':') < 0 && !text.matches("[0-9]+(\\.[0-9]+){3}"))) {
      return Optional.empty(); // a zone of another host, or one of the short forms of IPv4
    }
    try {
      return Optional.of(InetAddress.ofLiteral(text));
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
