package dev.keyhold;

import dev.keyhold.Config.Tls;
import dev.keyhold.seal.PrivateFiles;
import dev.keyhold.tls.OwnCertificate;
import dev.keyhold.tls.TlsMaterial;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The certificate that the configuration names.
public final class TlsSetup {
  private TlsSetup() {}

  /// @return empty for plain HTTP
  /// @throws dev.keyhold.tls.TlsException when certificate or key can't be used
  /// @throws StartRefused when others may read the private key
  static Optional<TlsMaterial> material(Config config) {
    return switch (config.tls()) {
      case Tls.Off _ -> Optional.empty();
      case Tls.Own own -> {
        PrivateFiles.removeLeftovers(own.key()); // a kill while it was made may have left copies
        if (!Files.exists(own.certificate()) && !Files.exists(own.key())) { // as after a restore
          throw new StartRefused(
              "There is no TLS certificate %s: put it there with its key, or make another with keyhold init --renew-certificate."
                  .formatted(own.certificate()));
        }
        yield Optional.of(load(own.certificate(), own.key()));
      }
      case Tls.Pem pem -> Optional.of(load(pem.certificate(), pem.key()));
    };
  }

  private static TlsMaterial load(Path certificate, Path key) {
    Exposure.refuse(key, "TLS private key");
    // By the clock of the machine: callers check the certificate by theirs.
    return TlsMaterial.load(certificate, key, Instant.now());
  }

  /// Where the certificate is; empty for plain HTTP.
  static Optional<Path> certificate(Config config) {
    return switch (config.tls()) {
      case Tls.Off _ -> Optional.empty();
      case Tls.Own own -> Optional.of(own.certificate());
      case Tls.Pem pem -> Optional.of(pem.certificate());
    };
  }

  /// Makes the own certificate anew, for every name under which this machine may be called.
  static void makeOwn(Tls.Own own, Config config) {
    List<String> names =
        Stream.of(
                Stream.of("localhost", "127.0.0.1", "::1"),
                Stream.of(config.listen().host()).filter(_ -> !config.listen().isWildcard()),
                config.publicEndpoint().stream().map(url -> bare(url.getHost())),
                hostName().stream())
            .flatMap(each -> each)
            .distinct()
            .toList();
    OwnCertificate made = OwnCertificate.create(names, Instant.now(), new SecureRandom());
    try {
      Path folder = own.key().resolveSibling("");
      if (!Files.exists(folder)) {
        PrivateFiles.createFolder(folder);
      }
      Exposure.refuseForeign(folder, "folder");
      PrivateFiles.replace(own.key(), made.keyPem().getBytes(StandardCharsets.US_ASCII));
      PrivateFiles.replace(
          own.certificate(), made.certificatePem().getBytes(StandardCharsets.US_ASCII));
    } catch (IOException failure) {
      throw new UncheckedIOException("The certificate can't be written", failure);
    }
  }

  private static String bare(String host) {
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static Optional<String> hostName() {
    try {
      return Optional.of(InetAddress.getLocalHost().getHostName());
    } catch (UnknownHostException _) {
      return Optional.empty(); // a machine without a name is called by address
    }
  }
}
