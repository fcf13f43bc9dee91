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
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// The frame of a container around a 64-byte DEK, without its body's encryption: parsed, refused
/// for its checksum, and written.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class FrameBenchmark {
  private static final int DEK_BYTES = 64;

  private final byte[] container = container();
  private final byte[] damaged = damaged(container);
  private final Envelope envelope = Envelope.parse(container).orElseThrow();

  private static byte[] container() {
    var material = new KeyMaterial(Random.bytes(AeadSuite.XAES_256_GCM.keyBytes()));
    try (var key = AeadKey.of(AeadSuite.XAES_256_GCM, material)) {
      return EnvelopeCipher.encrypt(
          key,
          KeyId.random(),
          0,
          Purpose.DATAKEY,
          CallerContext.NONE,
          Random.bytes(DEK_BYTES),
          0,
          DEK_BYTES);
    }
  }

  private static byte[] damaged(byte[] container) {
    byte[] damaged = container.clone();
    damaged[damaged.length - 1] ^= 1;
    return damaged;
  }

  @Benchmark
  public Optional<Envelope> parse() {
    return Envelope.parse(container);
  }

  @Benchmark
  public Optional<Envelope> refuse() {
    return Envelope.parse(damaged);
  }

  @Benchmark
  public byte[] encode() {
    return envelope.encode();
  }
}
