package dev.keyhold.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509KeyManager;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/// A certificate chain and its private key, known to belong together and to be in force.
///
/// @param chain the server's own certificate first
public record TlsMaterial(List<X509Certificate> chain, PrivateKey key) {
  public TlsMaterial {
    chain = List.copyOf(chain);
  }

  /// Reads two PEM files. The key may be PKCS#8, PKCS#1 (RSA) or SEC 1 (EC), without a passphrase.
  ///
  /// @throws TlsException when a file is missing or no PEM, when the certificate is not in force at
  ///   `now`, or when the key is another certificate's
  public static TlsMaterial load(Path certificateFile, Path keyFile, Instant now) {
    List<X509Certificate> chain = chain(certificateFile);
    PrivateKey key = key(keyFile);
    X509Certificate own = chain.getFirst();
    if (now.isAfter(own.getNotAfter().toInstant())) {
      throw new TlsException(
          "The TLS certificate in %s expired on %s."
              .formatted(certificateFile, own.getNotAfter().toInstant()));
    }
    if (now.isBefore(own.getNotBefore().toInstant())) {
      throw new TlsException(
          "The TLS certificate in %s is not in force before %s."
              .formatted(certificateFile, own.getNotBefore().toInstant()));
    }
    if (!belongTogether(key, own.getPublicKey())) {
      throw new TlsException(
          "The TLS private key in %s does not belong to the first certificate in %s."
              .formatted(keyFile, certificateFile));
    }
    return new TlsMaterial(chain, key);
  }

  /// When the first certificate in `file` ends.
  ///
  /// @throws TlsException when there is none
  public static Instant expires(Path file) {
    return chain(file).getFirst().getNotAfter().toInstant();
  }

  /// When the server's own certificate ends.
  public Instant expires() {
    return chain.getFirst().getNotAfter().toInstant();
  }

  /// The same as what TLS implementations take.
  public X509KeyManager keyManager() {
    try {
      char[] noPassword = {};
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, noPassword);
      store.setKeyEntry("server", key, noPassword, chain.toArray(Certificate[]::new));
      var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      factory.init(store, noPassword);
      return Stream.of(factory.getKeyManagers())
          .filter(X509KeyManager.class::isInstance)
          .map(X509KeyManager.class::cast)
          .findFirst()
          .orElseThrow();
    } catch (GeneralSecurityException | IOException failure) {
      throw new TlsException("The TLS certificate can't be used: " + failure.getMessage(), failure);
    }
  }

  private static List<X509Certificate> chain(Path file) {
    try {
      var certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(
                  new ByteArrayInputStream(read(file).getBytes(StandardCharsets.UTF_8)));
      if (certificates.isEmpty()) {
        throw new TlsException(file + " holds no certificate in PEM form.");
      }
      return certificates.stream().map(X509Certificate.class::cast).toList();
    } catch (CertificateException malformed) {
      throw new TlsException(file + " is no certificate chain in PEM form.", malformed);
    }
  }

  private static PrivateKey key(Path file) {
    try (var parser = new PEMParser(new StringReader(read(file)))) {
      var converter = new JcaPEMKeyConverter();
      // A key file from "openssl ecparam -genkey" begins with a block that names the curve.
      for (Object block = parser.readObject(); block != null; block = parser.readObject()) {
        switch (block) {
          case PEMKeyPair pair -> {
            return converter.getPrivateKey(pair.getPrivateKeyInfo());
          }
          case PrivateKeyInfo info -> {
            return converter.getPrivateKey(info);
          }
          default -> {}
        }
      }
    } catch (IOException malformed) {
      throw new TlsException(file + " is no private key in PEM form.", malformed);
    }
    throw new TlsException(file + " holds no private key in PEM form without a passphrase.");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (NoSuchFileException _) {
      throw new TlsException("The TLS file " + file + " does not exist.");
    } catch (IOException failure) {
      throw new TlsException("The TLS file " + file + " can't be read: " + failure + ".", failure);
    }
  }

  private static boolean belongTogether(PrivateKey key, PublicKey publicKey) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> key.getAlgorithm();
        };
    byte[] probe = "keyhold".getBytes(StandardCharsets.UTF_8);
    try {
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(probe);
      byte[] signature = signing.sign();
      signing.initVerify(publicKey);
      signing.update(probe);
      return signing.verify(signature);
    } catch (InvalidKeyException | SignatureException _) {
      return false; // of another algorithm or curve
    } catch (GeneralSecurityException unsupported) {
      throw new TlsException(
          "TLS keys must be RSA, EC or EdDSA, not " + key.getAlgorithm() + ".", unsupported);
    }
  }
}
