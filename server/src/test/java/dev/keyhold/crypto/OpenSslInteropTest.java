package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What we make, OpenSSL 3 reads, and the reverse: keys, signatures, ciphertexts, secrets, wrapped
/// keys.
class OpenSslInteropTest {
  private static final byte[] MESSAGE = "a message for OpenSSL".getBytes(StandardCharsets.US_ASCII);

  @TempDir Path folder;

  @BeforeAll
  static void needOpenSsl() {
    boolean found;
    try {
      found =
          new String(run(List.of("openssl", "version")).out(), StandardCharsets.US_ASCII)
              .startsWith("OpenSSL 3");
    } catch (IOException _) {
      found = false;
    }
    assumeTrue(found, "SKIPPED: no OpenSSL 3 on the path");
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, -algorithm RSA -pkeyopt rsa_keygen_bits:2048",
    "RSA_3072, -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
    "EC_P256, -algorithm EC -pkeyopt ec_paramgen_curve:P-256",
    "EC_P384, -algorithm EC -pkeyopt ec_paramgen_curve:P-384",
    "EC_P521, -algorithm EC -pkeyopt ec_paramgen_curve:P-521",
    "SECP256K1, -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
    "SM2, -algorithm SM2",
    "ED25519, -algorithm ED25519",
  })
  void opensslKeysAreReadAndOursAreSpelledLikeThem(KeyPairSpec spec, String options)
      throws Exception {
    Path pem = write("made.pem", openssl("genpkey " + options));
    byte[] made = openssl("pkcs8 -topk8 -nocrypt -outform DER -in " + pem);
    EncodedKeyPair pair = KeyPairs.ofPrivate(spec, new KeyMaterial(made.clone())).orElseThrow();
    assertThat(pair.privateKey().lend(byte[]::clone)).isEqualTo(made);
    Path key = write("made.der", made);
    assertThat(openssl("pkey -inform DER -outform DER -pubout -in " + key))
        .isEqualTo(pair.publicKey().lent());

    Path ours = write("ours.der", TestPairs.privateBytes(spec));
    assertThat(openssl("pkcs8 -topk8 -nocrypt -inform DER -outform DER -in " + ours))
        .isEqualTo(TestPairs.privateBytes(spec));
    if (spec != KeyPairSpec.SM2 && spec != KeyPairSpec.ED25519) { // it cannot check those
      openssl("pkey -inform DER -check -noout -in " + ours);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSASSA_PSS_SHA_256, -digest sha256 -pkeyopt rsa_padding_mode:pss -pkeyopt"
        + " rsa_pss_saltlen:digest",
    "RSA_2048, RSASSA_PSS_SHA_384, -digest sha384 -pkeyopt rsa_padding_mode:pss -pkeyopt"
        + " rsa_pss_saltlen:digest",
    "RSA_3072, RSASSA_PSS_SHA_512, -digest sha512 -pkeyopt rsa_padding_mode:pss -pkeyopt"
        + " rsa_pss_saltlen:digest",
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_256, -digest sha256",
    "RSA_3072, RSASSA_PKCS1_V1_5_SHA_384, -digest sha384",
    "RSA_4096, RSASSA_PKCS1_V1_5_SHA_512, -digest sha512",
    "EC_P256, ECDSA_SHA_256, -digest sha256",
    "EC_P384, ECDSA_SHA_384, -digest sha384",
    "EC_P521, ECDSA_SHA_512, -digest sha512",
    "SECP256K1, ECDSA_SHA_256, -digest sha256",
    "SM2, SM2DSA_SM3, -digest sm3 -pkeyopt distid:1234567812345678",
    "ED25519, ED25519, ''",
  })
  void signaturesVerifyOnTheOtherSide(KeyPairSpec spec, SigningAlgorithm algorithm, String options)
      throws Exception {
    Path message = write("message", MESSAGE);
    Path privateKey = write("private.der", TestPairs.privateBytes(spec));
    Path publicKey = write("public.der", TestPairs.publicKey(spec).lent());
    byte[] ours;
    try (var key = SigningKey.of(spec, TestPairs.privateKey(spec))) {
      ours = key.sign(algorithm, MESSAGE);
    }
    Path signature = write("signature", ours);
    String verify = "pkeyutl -verify -rawin -keyform DER -pubin -inkey " + publicKey;
    openssl(verify + " -in " + message + " -sigfile " + signature + " " + options);

    byte[] theirs =
        openssl(
            "pkeyutl -sign -rawin -keyform DER -inkey "
                + privateKey
                + " -in "
                + message
                + " "
                + options);
    VerifyingKey verifying = VerifyingKey.of(spec, TestPairs.publicKey(spec)).orElseThrow();
    assertThat(verifying.verify(algorithm, MESSAGE, theirs)).isTrue();

    ours[ours.length / 2] ^= 1;
    Path altered = write("altered", ours);
    assertThat(
            run(command(verify + " -in " + message + " -sigfile " + altered + " " + options))
                .status())
        .isNotZero();
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSAES_OAEP_SHA_256, -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"
        + " -pkeyopt rsa_mgf1_md:sha256",
    "RSA_4096, RSAES_OAEP_SHA_256, -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"
        + " -pkeyopt rsa_mgf1_md:sha256",
    "RSA_2048, RSAES_OAEP_SHA_1, -pkeyopt rsa_padding_mode:oaep",
    "RSA_2048, RSAES_PKCS1_V1_5, ''",
    "SM2, SM2_ENCRYPT, ''",
  })
  void ciphertextsDecryptOnTheOtherSide(KeyPairSpec spec, PublicKeyCipher cipher, String options)
      throws Exception {
    Path message = write("message", MESSAGE);
    Path privateKey = write("private.der", TestPairs.privateBytes(spec));
    Path publicKey = write("public.der", TestPairs.publicKey(spec).lent());
    byte[] theirs =
        openssl(
            "pkeyutl -encrypt -keyform DER -pubin -inkey "
                + publicKey
                + " -in "
                + message
                + " "
                + options);
    try (var key = DecryptionKey.of(spec, TestPairs.privateKey(spec))) {
      assertThat(key.decrypt(cipher, theirs).orElseThrow().lend(byte[]::clone)).isEqualTo(MESSAGE);
    }
    Path ours =
        write(
            "ciphertext",
            EncryptionKey.of(spec, TestPairs.publicKey(spec))
                .orElseThrow()
                .encrypt(cipher, MESSAGE));
    assertThat(
            openssl(
                "pkeyutl -decrypt -keyform DER -inkey "
                    + privateKey
                    + " -in "
                    + ours
                    + " "
                    + options))
        .isEqualTo(MESSAGE);
  }

  @ParameterizedTest
  @CsvSource({"EC_P256", "EC_P384", "SECP256K1"})
  void secretsAreTheSameOnTheOtherSide(KeyPairSpec spec) throws Exception {
    try (EncodedKeyPair peer = KeyPairs.generate(spec);
        var key = AgreementKey.of(spec, TestPairs.privateKey(spec))) {
      Path theirs = write("peer.der", peer.privateKey().lend(byte[]::clone));
      Path ours = write("public.der", TestPairs.publicKey(spec).lent());
      assertThat(
              openssl(
                  "pkeyutl -derive -keyform DER -inkey "
                      + theirs
                      + " -peerform DER -peerkey "
                      + ours))
          .isEqualTo(key.agree(peer.publicKey().lent()).orElseThrow().lend(byte[]::clone));
    }
  }

  /// The commands with which a private key is brought to an import.
  @Test
  void keyWrappedByOpensslUnwraps() throws Exception {
    byte[] kek = Random.bytes(32);
    byte[] material = TestPairs.privateBytes(KeyPairSpec.EC_P256);
    Path in = write("material", material);
    String options = " -iv A65959A6 -K " + HexFormat.of().formatHex(kek) + " -in ";
    byte[] theirs = openssl("enc -id-aes256-wrap-pad" + options + in);
    try (var key = new KeyMaterial(kek)) {
      assertThat(KeyWrap.AES_KWP.wrap(key, new KeyMaterial(material)).lent()).isEqualTo(theirs);
      assertThat(KeyWrap.AES_KWP.unwrap(key, theirs).orElseThrow().lend(byte[]::clone))
          .isEqualTo(material);
    }
  }

  private Path write(String name, byte[] content) throws IOException {
    return Files.write(folder.resolve(name), content);
  }

  private static List<String> command(String arguments) {
    var command = new ArrayList<String>();
    command.add("openssl");
    command.addAll(Arrays.asList(arguments.strip().split("\\s+")));
    return command;
  }

  private static byte[] openssl(String arguments) throws Exception {
    Run run = run(command(arguments));
    assertThat(run.status()).as("openssl %s: %s", arguments, run.err()).isZero();
    return run.out();
  }

  @SuppressWarnings("ArrayRecordComponent")
  private record Run(int status, byte[] out, String err) {}

  private static Run run(List<String> command) throws IOException {
    Path err = Files.createTempFile("openssl", ".err");
    try {
      Process process = new ProcessBuilder(command).redirectError(err.toFile()).start();
      process.getOutputStream().close();
      byte[] out = process.getInputStream().readAllBytes();
      return new Run(process.waitFor(), out, Files.readString(err));
    } catch (InterruptedException e) {
      throw new IOException(e);
    } finally {
      Files.delete(err);
    }
  }
}
