package dev.keyhold.iam;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Peers' addresses as failures are counted by them.
public final class SourceAddress {
  private SourceAddress() {}

  /// The largest network in which an address may belong to one party.
  public static String site(String address) {
    return networks(address).getLast().text();
  }

  /// Some of the addresses that one party may have.
  ///
  /// @param text tells it from every other
  /// @param failures in a row that lock a user name for it
  record Network(String text, int failures) {}

  /// Whom an address may belong to, the smallest first. An IPv4 address stands for itself, an IPv6
  /// address for its /64, in which one host may take any number of addresses, and for the /56 and
  /// /48, which are what a site gets; others may live there too, so more is borne of those.
  static List<Network> networks(String address) {
    var alone = List.of(new Network(address, 5));
    if (address.indexOf(':') < 0) {
      return alone;
    }
    try {
      return InetAddress.ofLiteral(address) instanceof Inet6Address ipv6
          ? List.of(network(ipv6, 64, 5), network(ipv6, 56, 20), network(ipv6, 48, 60))
          : alone; // an IPv4 address in IPv6 notation
    } catch (IllegalArgumentException _) { // for example with a zone of this host
      return alone;
    }
  }

  private static Network network(Inet6Address address, int bits, int failures) {
    byte[] prefix = Arrays.copyOf(address.getAddress(), bits / Byte.SIZE);
    return new Network(HexFormat.of().formatHex(prefix), failures);
  }
}
