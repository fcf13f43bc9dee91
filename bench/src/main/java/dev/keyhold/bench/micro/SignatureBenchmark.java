package dev.keyhold.bench.micro;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.EncodedKeyPair;
import dev.keyhold.crypto.KeyPairSpec;
import dev.keyhold.crypto.KeyPairs;
import dev.keyhold.crypto.Random;
import dev.keyhold.crypto.SigningAlgorithm;
import dev.keyhold.crypto.SigningKey;
import dev.keyhold.crypto.VerifyingKey;
import dev.keyhold.operation.SecretText;
import dev.keyhold.operation.Signatures;
import java.util.Base64;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// sign and verify of a 32-byte digest, from request record to response record, each beside the
/// primitive alone: what the operation adds is their difference.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SignatureBenchmark {
  private static final int DIGEST_BYTES = 32;

  /// What is signed with which key.
  public enum Scheme {
    P256(KeyPairSpec.EC_P256, SigningAlgorithm.ECDSA_SHA_256),
    SM2(KeyPairSpec.SM2, SigningAlgorithm.SM2DSA_SM3),
    RSA_2048(KeyPairSpec.RSA_2048, SigningAlgorithm.RSASSA_PSS_SHA_256);

    private final KeyPairSpec spec;
    private final SigningAlgorithm algorithm;

    Scheme(KeyPairSpec spec, SigningAlgorithm algorithm) {
      this.spec = spec;
      this.algorithm = algorithm;
    }
  }

  @Param public Scheme scheme = Scheme.P256;

  private final World world = new World();
  private final byte[] digest = Random.bytes(DIGEST_BYTES);
  private final SecretText message =
      new SecretText(Base64.getEncoder().encodeToString(digest).toCharArray());
  private final Map<Scheme, Made> all = new EnumMap<>(Scheme.class);

  /// One scheme's keys, the primitive's and the operation's, and a signature of each.
  private record Made(
      SigningKey signing,
      VerifyingKey verifying,
      Bytes signature,
      String keyId,
      String signatureText) {}

  public SignatureBenchmark() {
    for (Scheme each : Scheme.values()) {
      all.put(each, make(each));
    }
  }

  private Made make(Scheme of) {
    EncodedKeyPair pair = KeyPairs.generate(of.spec);
    var verifying = VerifyingKey.of(of.spec, pair.publicKey()).orElseThrow();
    var signing = SigningKey.of(of.spec, pair.privateKey());
    byte[] signature = signing.signDigest(of.algorithm, digest);
    String keyId = world.newKey(of.spec.name(), "SIGN_VERIFY");
    byte[] ofOperation = sign(of, keyId).signature().lent();
    return new Made(
        signing,
        verifying,
        Bytes.owning(signature),
        keyId,
        Base64.getEncoder().encodeToString(ofOperation));
  }

  private Made made() {
    return Optional.ofNullable(all.get(scheme)).orElseThrow();
  }

  @TearDown
  public void close() {
    all.values().forEach(each -> each.signing().close());
    world.close();
  }

  @Benchmark
  public byte[] signPrimitive() {
    return made().signing().signDigest(scheme.algorithm, digest);
  }

  @Benchmark
  public boolean verifyPrimitive() {
    Made made = made();
    return made.verifying().verifyDigest(scheme.algorithm, digest, made.signature().lent());
  }

  @Benchmark
  public Signatures.SignResponse sign() {
    return sign(scheme, made().keyId());
  }

  private Signatures.SignResponse sign(Scheme with, String keyId) {
    return world
        .signatures()
        .sign(
            world.caller(),
            new Signatures.SignRequest(
                keyId, message, with.algorithm.name(), Optional.empty(), Optional.empty()));
  }

  @Benchmark
  public Signatures.VerifyResponse verify() {
    Made made = made();
    return world
        .signatures()
        .verify(
            world.caller(),
            new Signatures.VerifyRequest(
                made.keyId(),
                message,
                made.signatureText(),
                scheme.algorithm.name(),
                Optional.empty(),
                Optional.empty()));
  }
}
