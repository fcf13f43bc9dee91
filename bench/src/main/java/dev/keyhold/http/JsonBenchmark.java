package dev.keyhold.http;

import dev.keyhold.bench.micro.World;
import dev.keyhold.crypto.Random;
import dev.keyhold.key.KeyId;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.HexText;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
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

/// The JSON of encrypt-datakey: about 370 bytes in, 460 out.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class JsonBenchmark {
  private static final int CONTAINER_BYTES = 188;

  private final Json.Reader<DataKeys.EncryptRequest> reader =
      Json.reader(DataKeys.EncryptRequest.class);
  private final byte[] request;
  private final DataKeys.EncryptResponse response =
      new DataKeys.EncryptResponse(
          KeyId.random().text(), new HexText(Random.bytes(CONTAINER_BYTES)), "64");

  public JsonBenchmark() {
    try (var world = new World()) {
      request = world.byToken().body().getBytes(StandardCharsets.UTF_8);
    }
  }

  @Benchmark
  public DataKeys.EncryptRequest readEncryptRequest() {
    return reader.read(request);
  }

  @Benchmark
  public Buffer writeEncryptResponse() {
    return Json.write(response);
  }
}
