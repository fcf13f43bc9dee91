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
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.X509KeyManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The certificate that the configuration names.
public final class TlsSetup {
  private static final Logger LOG = LoggerFactory.getLogger(TlsSetup.class);
  private static final Duration WARN_BEFORE = Duration.ofDays(30);

  private TlsSetup() {}

  /// @return empty for plain HTTP
  /// @throws dev.keyhold.tls.TlsException when certificate or key can't be used
  /// @throws StartRefused when others may read the private key
  public static Optional<X509KeyManager> keyManager(Config config) {
    return switch (config.tls()) {
      case Tls.Off _ -> Optional.empty();
      case Tls.Own own -> {
        PrivateFiles.removeLeftovers(own.key()); // a kill while it was made may have left copies
        yield Optional.of(load(own.certificate(), own.key()));
      }
      case Tls.Pem pem -> Optional.of(load(pem.certificate(), pem.key()));
    };
  }

  private static X509KeyManager load(Path certificate, Path key) {
    Exposure.refuse(key, "TLS private key");
    Instant now = Instant.now(); // of the machine: callers check the certificate by theirs
    TlsMaterial material = TlsMaterial.load(certificate, key, now);
    if (now.plus(WARN_BEFORE).isAfter(material.expires())) {
      LOG.warn("the TLS certificate {} expires on {}", certificate, material.expires());
    }
    return material.keyManager();
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
