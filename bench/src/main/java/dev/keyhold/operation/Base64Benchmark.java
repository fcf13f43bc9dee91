package dev.keyhold.operation;

import dev.keyhold.crypto.Random;
import java.util.Base64;
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

/// Base64 of requests, which is decoded and held against its one spelling: the digest of a sign
/// request, and the container of a decrypt-data request. JsonBenchmark has the other way.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class Base64Benchmark {
  private static final int DIGEST_BYTES = 32;
  private static final int CONTAINER_BYTES = 188;

  private final char[] digest = text(DIGEST_BYTES).toCharArray();
  private final String container = text(CONTAINER_BYTES);

  private static String text(int bytes) {
    return Base64.getEncoder().encodeToString(Random.bytes(bytes));
  }

  @Benchmark
  public Optional<byte[]> decodeDigest() {
    return Base64Text.decode(digest);
  }

  @Benchmark
  public Optional<byte[]> decodeContainer() {
    return Base64Text.decode(container);
  }
}
