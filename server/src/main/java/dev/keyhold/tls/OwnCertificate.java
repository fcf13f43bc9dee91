package dev.keyhold.tls;

import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/// A self-signed server certificate: EC P-256, 825 days, to be trusted by name (`curl --cacert
/// server.crt`).
///
/// @param certificatePem one X.509 certificate
/// @param keyPem its private key, PKCS#8; a secret
public record OwnCertificate(String certificatePem, String keyPem) {
  private static final Duration LIFE = Duration.ofDays(825); // the most that Apple's clients accept
  private static final Duration SKEW = Duration.ofHours(1); // for callers whose clock is behind
  private static final int SERIAL_BITS = 127;
  private static final String HOST_NAME =
      "[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?(\\.[a-zA-Z0-9]([a-zA-Z0-9-]*[a-zA-Z0-9])?)*";

  /// @param names host names and IP addresses under which the server is reached; others are left
  ///   out
  public static OwnCertificate create(Collection<String> names, Instant now, SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      KeyPair pair = generator.generateKeyPair();
      ContentSigner signer =
          new JcaContentSignerBuilder("SHA256withECDSA")
              .setSecureRandom(random)
              .build(pair.getPrivate());
      var keyPem = new JcaPKCS8Generator(pair.getPrivate(), null);
      return new OwnCertificate(pem(sign(pair, names, now, random, signer)), pem(keyPem));
    } catch (GeneralSecurityException | OperatorCreationException failure) {
      throw new IllegalStateException("this Java has no EC P-256", failure);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static X509CertificateHolder sign(
      KeyPair pair,
      Collection<String> names,
      Instant now,
      SecureRandom random,
      ContentSigner signer)
      throws IOException {
    var subject = new X500Name("CN=Keyhold");
    return new JcaX509v3CertificateBuilder(
            subject,
            new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
            Date.from(now.minus(SKEW)),
            Date.from(now.plus(LIFE)),
            subject,
            pair.getPublic())
        .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
        .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
        .addExtension(
            Extension.extendedKeyUsage, false, new ExtendedKeyUsage(KeyPurposeId.id_kp_serverAuth))
        .addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(
                names.stream()
                    .distinct()
                    .filter(name -> IPAddress.isValid(name) || name.matches(HOST_NAME))
                    .map(OwnCertificate::alternative)
                    .toArray(GeneralName[]::new)))
        .build(signer);
  }

  private static GeneralName alternative(String name) {
    return new GeneralName(
        IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName, name);
  }

  private static String pem(Object content) throws IOException {
    var text = new StringWriter();
    try (var writer = new JcaPEMWriter(text)) {
      writer.writeObject(content);
    }
    return text.toString();
  }

  @Override
  public String toString() {
    return "OwnCertificate[redacted]";
  }
}
