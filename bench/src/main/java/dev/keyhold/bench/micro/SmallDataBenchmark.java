package dev.keyhold.bench.micro;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.operation.SecretText;
import dev.keyhold.operation.SmallData;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
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

/// encrypt-data and decrypt-data, from request record to response record, beside the AEAD alone
/// over as many bytes.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class SmallDataBenchmark {
  private static final byte[] NO_AAD = {};
  private static final int SHORT = 64;
  private static final int LONGEST = 4096;

  @Param({"64", "4096"})
  public int bytes = SHORT;

  @Param public AeadSuite suite = AeadSuite.XAES_256_GCM;

  private final World world = new World();
  private final Map<Case, Made> all = new HashMap<>();

  private record Case(AeadSuite suite, int bytes) {}

  private record Made(
      AeadKey aead, KeyMaterial plaintext, String keyId, SecretText text, String cipherText) {}

  public SmallDataBenchmark() {
    for (AeadSuite each : AeadSuite.values()) {
      String spec =
          switch (each) {
            case XAES_256_GCM -> "AES_256";
            case XSM4_GCM -> "SM4";
          };
      String keyId = world.newKey(spec, "ENCRYPT_DECRYPT");
      all.put(new Case(each, SHORT), make(each, SHORT, keyId));
      all.put(new Case(each, LONGEST), make(each, LONGEST, keyId));
    }
  }

  private Made make(AeadSuite of, int length, String keyId) {
    char[] letters = new char[length];
    Arrays.fill(letters, 'x');
    var text = new SecretText(letters);
    return new Made(
        AeadKey.of(of, new KeyMaterial(Random.bytes(of.keyBytes()))),
        new KeyMaterial(new byte[length]),
        keyId,
        text,
        Base64.getEncoder().encodeToString(encrypt(keyId, text).cipherText().lent()));
  }

  private Made made() {
    return Optional.ofNullable(all.get(new Case(suite, bytes))).orElseThrow();
  }

  @TearDown
  public void close() {
    all.values().forEach(each -> each.aead().close());
    world.close();
  }

  @Benchmark
  public byte[] sealPrimitive() {
    Made made = made();
    return made.plaintext().lend(plaintext -> made.aead().seal(plaintext, NO_AAD));
  }

  @Benchmark
  public SmallData.EncryptResponse encryptData() {
    Made made = made();
    return encrypt(made.keyId(), made.text());
  }

  private SmallData.EncryptResponse encrypt(String keyId, SecretText text) {
    return world
        .smallData()
        .encrypt(
            world.caller(),
            new SmallData.EncryptRequest(
                keyId,
                text,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }

  @Benchmark
  public SmallData.DecryptResponse decryptData() {
    return world
        .smallData()
        .decrypt(
            world.caller(),
            new SmallData.DecryptRequest(
                made().cipherText(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()));
  }
}
