package dev.keyhold.iam;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HexFormat;

/// Peers' addresses as failures are counted by them.
final class SourceAddress {
  private static final int IPV6_NETWORK_BYTES = 8;

  private SourceAddress() {}

  /// Whom an address belongs to: an IPv4 address stands for itself, an IPv6 address for its /64
  /// network, in which one host may take any number of addresses.
  static String group(String address) {
    if (address.indexOf(':') < 0) {
      return address;
    }
    try {
      return InetAddress.ofLiteral(address) instanceof Inet6Address ipv6
          ? HexFormat.of().formatHex(Arrays.copyOf(ipv6.getAddress(), IPV6_NETWORK_BYTES))
          : address; // an IPv4 address in IPv6 notation
    } catch (IllegalArgumentException _) { // for example with a zone of this host
      return address;
    }
  }
}
