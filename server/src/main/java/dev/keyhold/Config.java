package dev.keyhold;

import dev.keyhold.audit.AuditSync;
import dev.keyhold.http.RateLimits.PerSecond;
import dev.keyhold.http.TrustedProxies;
import dev.keyhold.iam.HostNames;
import dev.keyhold.key.KeySpec;
import dev.keyhold.seal.Hsm;
import dev.keyhold.store.PostgresSettings;
import java.net.URI;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;

/// Everything an operator can choose, read once at start by [ConfigLoader]. The properties are
/// described in `keyhold.example.yaml`.
///
/// It is valid because it exists, and holds no secret: secrets stay in the files that it names, so
/// a logged configuration gives nothing away.
///
/// @param listen where the API is served; port 0 lets the system choose
/// @param data the folder of the store and of all that Keyhold makes itself
/// @param sharedStore where the store is when it is not the embedded one in [#data]
/// @param region the region's name: in URNs, in the token's catalog, and as first project name
/// @param publicEndpoint how callers reach this server when that is not [#listen]
/// @param hsm where dedicated keystores are
/// @param signedHosts where a request signature must cover the header `Host`, what this server is
///   called there beside its endpoint and [#listen]
/// @param listedByDefault the spec of the keys that list-keys lists unless it is told one; all if
///   absent
/// @param level4 whether the level-4 scenario is on (docs/level-4.md)
/// @param replication the other regions that keys are replicated with
/// @param anchor where is kept how far the store was
/// @param stalenessMax how long a node of many serves from memory without news of the others
/// @param file the file that was read, if there was one
/// @param shutdownGrace how long a stop waits for requests in flight
public record Config(
    Address listen,
    Path data,
    String region,
    Optional<URI> publicEndpoint,
    Tls tls,
    RootKey rootKey,
    Optional<PostgresSettings> sharedStore,
    Optional<Hsm.Token> hsm,
    Quotas quotas,
    Limits limits,
    Audit audit,
    Optional<List<String>> signedHosts,
    Optional<KeySpec> listedByDefault,
    boolean level4,
    Optional<Replication> replication,
    Anchor anchor,
    Duration stalenessMax,
    Optional<Dev> dev,
    Log log,
    Duration shutdownGrace,
    Optional<Path> file) {

  /// How the listener is protected.
  public sealed interface Tls {
    /// Plain HTTP: loopback only, and only with `--dev` or `--insecure-http`.
    record Off() implements Tls {}

    /// The certificate that `keyhold init` made.
    record Own(Path certificate, Path key) implements Tls {
      static Own in(Path data) {
        return new Own(data.resolve("tls/server.crt"), data.resolve("tls/server.key"));
      }
    }

    /// The operator's certificate chain and private key, both PEM.
    record Pem(Path certificate, Path key) implements Tls {}
  }

  /// Where the root key comes from.
  public sealed interface RootKey {
    /// The file with the key, or with what is needed to derive it from the passphrase.
    Path file();

    record InFile(Path file) implements RootKey {}

    /// @param file holds salt and cost, no secret
    /// @param passphraseFile its first line is the passphrase
    record FromPassphrase(Path file, Path passphraseFile) implements RootKey {}
  }

  /// What an old copy of the store is told by (docs/backup.md).
  ///
  /// @param chosen whether the operator has named the file
  public record Anchor(Path file, boolean chosen, Policy policy) {
    /// What is done about a store that contradicts the file.
    public enum Policy {
      REFUSE,
      WARN
    }
  }

  /// @param cmks customer master keys a project
  /// @param grantsPerCmk grants a key
  public record Quotas(int cmks, int grantsPerCmk) {}

  /// What the listener bears of a client. Bodies are limited by route.
  ///
  /// @param connections open connections; as many as fit, and some thousand at the most, if absent
  /// @param headTime for the head of a request to arrive
  /// @param idleTime for a kept-alive connection without a request
  /// @param writeTime for a client to take its answer
  /// @param rateCrypto of calls that use keys
  /// @param rateManagement of all other calls
  /// @param trustedProxies whose word is taken for where a request has come from
  public record Limits(
      Optional<Integer> connections,
      Duration headTime,
      Duration idleTime,
      Duration writeTime,
      PerSecond rateCrypto,
      PerSecond rateManagement,
      TrustedProxies trustedProxies) {}

  /// Deployments of other regions (docs/multi-region.md).
  ///
  /// @param secretFile its 32 bytes, in hexadecimal or Base64, are the same in all regions
  /// @param peers where the others are reached, by region
  /// @param caFile PEM: whose certificates are believed of them; the JDK's list if absent
  public record Replication(Path secretFile, SortedMap<String, URI> peers, Optional<Path> caFile) {}

  /// @param enabled whether calls are recorded
  /// @param dir the folder of the segment files
  /// @param sync what an answer waits for
  public record Audit(boolean enabled, Path dir, AuditSync sync) {}

  /// Development mode.
  ///
  /// @param clockOffset added to the system's clock, so that tests can move time
  public record Dev(Duration clockOffset) {}

  public record Log(Level level, Format format) {
    public enum Level {
      ERROR,
      WARN,
      INFO,
      DEBUG
    }

    public enum Format {
      TEXT,
      JSON
    }
  }

  /// The clock of everything that has to do with keys and callers.
  public Clock clock() {
    return Clock.offset(Clock.systemUTC(), clockOffset());
  }

  /// Between the system's clock and [#clock].
  Duration clockOffset() {
    return dev.map(Dev::clockOffset).orElse(Duration.ZERO);
  }

  /// What this server is called where request signatures must say so.
  ///
  /// @param port the port that the listener really has
  Optional<HostNames> signedHosts(int port) {
    return signedHosts.map(more -> {
      var names = new ArrayList<String>(more);
      names.add(URI.create(endpoint(port)).getRawAuthority());
      if (!listen.isWildcard()) {
        names.add(new Address(listen.host(), port).toString());
      }
      if (listen.isLoopback()) {
        names.add(new Address("localhost", port).toString());
      }
      return HostNames.of(names);
    });
  }

  /// The URL under which callers reach this server, without a slash at its end.
  ///
  /// @param port the port that the listener really has
  public String endpoint(int port) {
    return publicEndpoint
        .map(URI::toString)
        .orElseGet(
            () -> (tls instanceof Tls.Off ? "http://" : "https://") + listen.reachableAt(port));
  }
}
