package dev.keyhold.bench.micro;

import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.Random;
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

/// The hexadecimal of encrypt-datakey: a DEK of 64 bytes and its digest in, a container out; and of
/// decrypt-datakey, whose ciphertext comes as a `String`.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class HexBenchmark {
  private static final int DEK_AND_DIGEST_BYTES = 96;
  private static final int CONTAINER_BYTES = 188;

  private final byte[] container = Random.bytes(CONTAINER_BYTES);
  private final char[] plaintext = Hex.lowerText(Random.bytes(DEK_AND_DIGEST_BYTES)).toCharArray();
  private final String ciphertext = Hex.upperText(container);

  @Benchmark
  public Optional<byte[]> decodePlaintext() {
    return Hex.decode(plaintext);
  }

  @Benchmark
  public Optional<byte[]> decodeCiphertext() {
    return Hex.decode(ciphertext);
  }

  @Benchmark
  public byte[] encodeCiphertext() {
    return Hex.upper(container);
  }
}
