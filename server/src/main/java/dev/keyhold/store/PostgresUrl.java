package dev.keyhold.store;

import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import org.postgresql.Driver;
import org.postgresql.PGProperty;

/// What the URL of a shared store must be beside well-formed.
public final class PostgresUrl {
  private static final Set<String> DECIDED =
      Set.of("require", "verify-ca", "verify-full", "disable");

  private PostgresUrl() {}

  /// Why `url` is refused, to follow "store.url …"; empty when it is not.
  public static Optional<String> refusal(String url) {
    if (url.matches("[^?]*@.*")) { // before the driver's own look, which might log it
      return Optional.of("must hold no user and no password: use store.user, store.password-file");
    }
    Properties parsed = Driver.parseURL(url, null);
    if (parsed == null) {
      return Optional.of("must be " + PostgresSettings.PREFIX + "//HOST[:PORT]/DATABASE");
    }
    String hosts = String.valueOf(parsed.getProperty(PGProperty.PG_HOST.getName()));
    if (parsed.containsKey(PGProperty.PASSWORD.getName())) {
      return Optional.of("must hold no password: use store.password-file");
    }
    boolean local = Stream.of(hosts.split(",", -1)).allMatch(PostgresUrl::isLoopback);
    return local || isDecided(parsed)
        ? Optional.empty()
        : Optional.of(
            "names another machine, and so must say how the way there is protected:"
                + " sslmode=verify-full with sslrootcert=FILE, or sslmode=disable for none");
  }

  private static boolean isDecided(Properties parsed) {
    String mode = String.valueOf(PGProperty.SSL_MODE.getOrDefault(parsed));
    String ssl = parsed.getProperty(PGProperty.SSL.getName(), "false");
    return DECIDED.contains(mode) || !ssl.equals("false");
  }

  private static boolean isLoopback(String host) {
    return List.of("localhost", "::1", "[::1]").contains(host) || host.matches("127(\\.\\d+){3}");
  }
}
