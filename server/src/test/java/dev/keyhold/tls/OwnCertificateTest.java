package dev.keyhold.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class OwnCertificateTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");
  private static final int DNS = 2;
  private static final int IP = 7;

  private final OwnCertificate made =
      OwnCertificate.create(
          List.of("localhost", "127.0.0.1", "::1", "kms.example.com", "no_host"),
          NOW,
          new SecureRandom());

  private X509Certificate certificate() throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(
                    made.certificatePem().getBytes(StandardCharsets.US_ASCII)));
  }

  @Test
  void namesAreThoseGivenWithoutWhatIsNoName() throws CertificateException {
    assertThat(certificate().getSubjectAlternativeNames())
        .containsExactly(
            List.of(DNS, "localhost"),
            List.of(IP, "127.0.0.1"),
            List.of(IP, "0:0:0:0:0:0:0:1"),
            List.of(DNS, "kms.example.com"));
  }

  @Test
  void isInForceFor825DaysAndToleratesSlowClocks() throws CertificateException {
    assertThat(certificate().getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(825)));
    assertThat(certificate().getNotBefore().toInstant()).isEqualTo(NOW.minus(Duration.ofHours(1)));
  }

  @Test
  void isForServersOnTheCurveP256() throws CertificateException {
    var key = (ECPublicKey) certificate().getPublicKey();

    assertThat(key.getParams().getOrder().bitLength()).isEqualTo(256);
    assertThat(certificate().getSigAlgName()).isEqualTo("SHA256withECDSA");
    assertThat(certificate().getExtendedKeyUsage()).containsExactly("1.3.6.1.5.5.7.3.1");
    assertThat(certificate().getBasicConstraints()).isEqualTo(-1); // signs no other
    assertThat(certificate().getSerialNumber()).isPositive();
  }

  @Test
  void keyIsPkcs8AndNotPrinted() {
    assertThat(made.keyPem()).startsWith("-----BEGIN PRIVATE KEY-----");
    assertThat(made.toString()).doesNotContain("PRIVATE");
  }
}
