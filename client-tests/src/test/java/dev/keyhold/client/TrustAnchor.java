package dev.keyhold.client;

import com.huaweicloud.sdk.core.http.HttpConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.Arrays;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509TrustManager;

/// Trust in one certificate and in what it has signed, and in nothing else.
record TrustAnchor(SSLContext context, X509TrustManager manager) {
  /// @param certificate a file in PEM
  static TrustAnchor in(Path certificate) throws GeneralSecurityException, IOException {
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, null);
    try (var file = Files.newInputStream(certificate)) {
      trusted.setCertificateEntry(
          "anchor", CertificateFactory.getInstance("X.509").generateCertificate(file));
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trusted);
    var manager =
        Arrays.stream(factory.getTrustManagers())
            .filter(X509TrustManager.class::isInstance)
            .map(X509TrustManager.class::cast)
            .findFirst()
            .orElseThrow();
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return new TrustAnchor(context, manager);
  }

  /// The SDK's, which checks the name in the certificate as well.
  HttpConfig config() {
    return Kms.config()
        .withSSLSocketFactory(context.getSocketFactory())
        .withX509TrustManager(manager);
  }
}
