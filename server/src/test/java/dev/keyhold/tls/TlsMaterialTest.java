package dev.keyhold.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsMaterialTest {
  private static final Instant NOW = Instant.parse("2026-05-01T12:00:00Z");

  /// Made for this test by `openssl ecparam -name prime256v1 -genkey`.
  private static final String SEC_1 =
      """
      -----BEGIN EC PARAMETERS-----
      BggqhkjOPQMBBw==
      -----END EC PARAMETERS-----
      -----BEGIN EC PRIVATE KEY-----
      MHcCAQEEIEVbZ1CZvGa9YdauhXbR9K9viQBJu996M5E+COjLWXxJoAoGCCqGSM49
      AwEHoUQDQgAEDq/T9ZTS3IodWthtSHLYHBExbqUcPDwNRlbDTHdx1tpWnDz13197
      3hb75CJeFcdrh46VyJq0jyyWwFWNNF0wSw==
      -----END EC PRIVATE KEY-----
      """;

  @TempDir private Path folder;

  private Path write(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }

  private static OwnCertificate made() {
    return OwnCertificate.create(List.of("localhost"), NOW, new SecureRandom());
  }

  private String refusal(Path certificate, Path key, Instant now) {
    return assertThatExceptionOfType(TlsException.class)
        .isThrownBy(() -> TlsMaterial.load(certificate, key, now))
        .actual()
        .toString();
  }

  @Test
  void ownCertificateLoads() throws IOException {
    OwnCertificate made = made();

    TlsMaterial loaded =
        TlsMaterial.load(write("c.pem", made.certificatePem()), write("k.pem", made.keyPem()), NOW);

    assertThat(loaded.chain()).hasSize(1);
    assertThat(loaded.expires()).isEqualTo(NOW.plus(Duration.ofDays(825)));
    assertThat(loaded.keyManager().getServerAliases("EC", null)).containsExactly("server");
  }

  @Test
  void chainKeepsItsOrder() throws IOException {
    OwnCertificate made = made();

    TlsMaterial loaded =
        TlsMaterial.load(
            write("c.pem", "A comment.\n" + made.certificatePem() + made().certificatePem()),
            write("k.pem", made.keyPem()),
            NOW);

    assertThat(loaded.chain()).hasSize(2);
  }

  /// What `openssl ecparam -genkey` and `openssl genrsa -traditional` write. Both are read, and
  /// found to be another certificate's.
  @Test
  void olderKeyFormsAreRead() throws IOException, GeneralSecurityException {
    var rsa = new StringWriter();
    try (var writer = new JcaPEMWriter(rsa)) {
      writer.writeObject(KeyPairGenerator.getInstance("RSA").generateKeyPair().getPrivate());
    }
    assertThat(rsa.toString()).startsWith("-----BEGIN RSA PRIVATE KEY-----");

    for (String key : List.of(SEC_1, rsa.toString())) {
      assertThat(refusal(write("c.pem", made().certificatePem()), write("k.pem", key), NOW))
          .contains("does not belong");
    }
  }

  @Test
  void certificateOutOfForceIsRefused() throws IOException {
    OwnCertificate made = made();
    Path certificate = write("c.pem", made.certificatePem());
    Path key = write("k.pem", made.keyPem());

    assertThat(refusal(certificate, key, NOW.plus(Duration.ofDays(826)))).contains("expired on");
    assertThat(refusal(certificate, key, NOW.minus(Duration.ofDays(1))))
        .contains("not in force before");
  }

  @Test
  void keyOfAnotherCertificateIsRefused() throws IOException {
    assertThat(
            refusal(write("c.pem", made().certificatePem()), write("k.pem", made().keyPem()), NOW))
        .contains("does not belong to the first certificate");
  }

  @Test
  void filesThatAreNotPemAreRefused() throws IOException {
    OwnCertificate made = made();
    Path certificate = write("c.pem", made.certificatePem());
    Path key = write("k.pem", made.keyPem());
    Path noise = write("n.pem", "noise");
    String broken = Base64.getEncoder().encodeToString(new byte[] {1, 2, 3});
    Path brokenKey =
        write("b.pem", "-----BEGIN PRIVATE KEY-----\n" + broken + "\n-----END PRIVATE KEY-----\n");

    assertThat(refusal(noise, key, NOW)).contains("n.pem");
    assertThat(refusal(certificate, noise, NOW)).contains("holds no private key");
    assertThat(refusal(certificate, brokenKey, NOW)).contains("is no private key");
    assertThat(refusal(folder.resolve("absent"), key, NOW)).contains("does not exist");
    assertThat(refusal(certificate, folder.resolve("absent"), NOW)).contains("does not exist");
    assertThat(refusal(key, key, NOW)).contains("k.pem");
  }
}
