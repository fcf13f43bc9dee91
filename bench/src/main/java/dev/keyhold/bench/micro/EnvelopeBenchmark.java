package dev.keyhold.bench.micro;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.envelope.CallerContext;
import dev.keyhold.envelope.Envelope;
import dev.keyhold.envelope.EnvelopeCipher;
import dev.keyhold.envelope.Purpose;
import dev.keyhold.key.KeyId;
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
import org.openjdk.jmh.annotations.Warmup;

/// A 64-byte DEK into its container and back, with an AAD as in the API page's example.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class EnvelopeBenchmark {
  private static final int DEK_BYTES = 64;
  private static final int VERSION = 0;
  private static final CallerContext CONTEXT = new CallerContext.Text("123aad");

  @Param public AeadSuite suite = AeadSuite.XAES_256_GCM;

  private final KeyId keyId = KeyId.random();
  private final byte[] datakey = Random.bytes(DEK_BYTES);
  private final Map<AeadSuite, AeadKey> keys = new EnumMap<>(AeadSuite.class);
  private final Map<AeadSuite, byte[]> containers = new EnumMap<>(AeadSuite.class);
  private final Map<AeadSuite, byte[]> forgeries = new EnumMap<>(AeadSuite.class);

  public EnvelopeBenchmark() {
    for (AeadSuite each : AeadSuite.values()) {
      AeadKey key = AeadKey.of(each, new KeyMaterial(Random.bytes(each.keyBytes())));
      AeadKey other = AeadKey.of(each, new KeyMaterial(Random.bytes(each.keyBytes())));
      keys.put(each, key);
      containers.put(each, encrypt(key));
      forgeries.put(each, encrypt(other));
    }
  }

  private byte[] encrypt(AeadKey key) {
    return EnvelopeCipher.encrypt(
        key, keyId, VERSION, Purpose.DATAKEY, CONTEXT, datakey, 0, DEK_BYTES);
  }

  private static <V> V of(Map<AeadSuite, V> values, AeadSuite suite) {
    return Optional.ofNullable(values.get(suite)).orElseThrow();
  }

  @Benchmark
  public byte[] encrypt() {
    return encrypt(of(keys, suite));
  }

  @Benchmark
  public boolean decrypt() {
    return decrypt(of(containers, suite));
  }

  /// A frame that is in order around a ciphertext of another key.
  @Benchmark
  public boolean refuse() {
    return decrypt(of(forgeries, suite));
  }

  private boolean decrypt(byte[] container) {
    Envelope envelope = Envelope.parse(container).orElseThrow();
    Optional<KeyMaterial> opened =
        EnvelopeCipher.decrypt(of(keys, suite), envelope, Purpose.DATAKEY, CONTEXT);
    opened.ifPresent(KeyMaterial::close);
    return opened.isPresent();
  }
}
