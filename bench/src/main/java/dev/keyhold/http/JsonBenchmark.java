package dev.keyhold.http;

import dev.keyhold.bench.micro.World;
import dev.keyhold.crypto.Hex;
import dev.keyhold.crypto.Random;
import dev.keyhold.key.KeyId;
import dev.keyhold.operation.Base64Text;
import dev.keyhold.operation.DataKeys;
import dev.keyhold.operation.HexText;
import dev.keyhold.operation.SmallData;
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

/// The JSON of encrypt-datakey (about 370 bytes in, 460 out), decrypt-datakey (500 in, 270 out) and
/// create-datakey (90 in, 570 out), and that of an answer in Base64, encrypt-data's.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class JsonBenchmark {
  private static final int CONTAINER_BYTES = 188;
  private static final int DEK_BYTES = 64;
  private static final int DIGEST_BYTES = 32;

  private final Json.Reader<DataKeys.EncryptRequest> encryptReader =
      Json.reader(DataKeys.EncryptRequest.class);
  private final Json.Reader<DataKeys.DecryptRequest> decryptReader =
      Json.reader(DataKeys.DecryptRequest.class);
  private final Json.Reader<DataKeys.CreateRequest> createReader =
      Json.reader(DataKeys.CreateRequest.class);

  private final String keyId = KeyId.random().text();
  private final byte[] container = Random.bytes(CONTAINER_BYTES);
  private final byte[] encryptRequest;
  private final byte[] decryptRequest =
      """
      {"key_id":"%s","cipher_text":"%s","datakey_cipher_length":"64","additional_authenticated_data":"123aad"}\
      """
          .formatted(keyId, Hex.upperText(container))
          .getBytes(StandardCharsets.UTF_8);
  private final byte[] createRequest =
      """
      {"key_id":"%s","datakey_length":"512","additional_authenticated_data":"123aad"}\
      """
          .formatted(keyId)
          .getBytes(StandardCharsets.UTF_8);

  private final DataKeys.EncryptResponse encryptResponse =
      new DataKeys.EncryptResponse(keyId, new HexText(container), "64");
  private final DataKeys.DecryptResponse decryptResponse =
      new DataKeys.DecryptResponse(
          new HexText(Random.bytes(DEK_BYTES)), "64", new HexText(Random.bytes(DIGEST_BYTES)));
  private final DataKeys.CreateResponse createResponse =
      new DataKeys.CreateResponse(
          keyId, new HexText(Random.bytes(DEK_BYTES)), new HexText(container));
  private final SmallData.EncryptResponse base64Response =
      new SmallData.EncryptResponse(keyId, new Base64Text(container));

  public JsonBenchmark() {
    try (var world = new World()) {
      encryptRequest = world.byToken().body().getBytes(StandardCharsets.UTF_8);
    }
  }

  @Benchmark
  public DataKeys.EncryptRequest readEncryptRequest() {
    return encryptReader.read(encryptRequest);
  }

  @Benchmark
  public Buffer writeEncryptResponse() {
    return Json.write(encryptResponse);
  }

  @Benchmark
  public DataKeys.DecryptRequest readDecryptRequest() {
    return decryptReader.read(decryptRequest);
  }

  @Benchmark
  public Buffer writeDecryptResponse() {
    return Json.write(decryptResponse);
  }

  @Benchmark
  public DataKeys.CreateRequest readCreateRequest() {
    return createReader.read(createRequest);
  }

  @Benchmark
  public Buffer writeCreateResponse() {
    return Json.write(createResponse);
  }

  @Benchmark
  public Buffer writeBase64Response() {
    return Json.write(base64Response);
  }
}
