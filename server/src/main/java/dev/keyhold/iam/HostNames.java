package dev.keyhold.iam;

import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/// What a server is called in the header `Host`. Case does not count, and neither does a port that
/// is the default of HTTP or HTTPS: clients leave it out.
public final class HostNames {
  private final Set<String> names;

  private HostNames(Set<String> names) {
    this.names = names;
  }

  /// @param authorities each `host` or `host:port`
  public static HostNames of(Collection<String> authorities) {
    return new HostNames(
        authorities.stream().map(HostNames::normalised).collect(Collectors.toUnmodifiableSet()));
  }

  boolean contain(String host) {
    return names.contains(normalised(host));
  }

  private static String normalised(String authority) {
    String lower = authority.toLowerCase(Locale.ROOT);
    int port = lower.endsWith(":443") ? 4 : lower.endsWith(":80") ? 3 : 0;
    return lower.substring(0, lower.length() - port);
  }
}
