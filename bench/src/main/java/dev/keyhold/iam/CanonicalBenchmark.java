package dev.keyhold.iam;

import dev.keyhold.bench.load.PlainRequest;
import dev.keyhold.bench.micro.World;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
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

/// What a signature is computed over, without the signature: the whole of a signed encrypt-datakey
/// (two hashes, the body's and the request's, are in it), its URI, and a query.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CanonicalBenchmark {
  private static final String QUERY = "limit=100&marker=&name=a%20key%2Bmore&enabled=true";

  private final ReceivedHead head;
  private final byte[] body;
  private final AuthorizationHeader authorization;
  private final String date;

  public CanonicalBenchmark() {
    try (var world = new World()) {
      PlainRequest request = world.bySignature();
      var headers = new TreeMap<String, List<String>>();
      request
          .headers()
          .forEach((name, value) -> headers.put(name.toLowerCase(Locale.ROOT), List.of(value)));
      headers.put("host", List.of(World.AUTHORITY));
      head = new ReceivedHead(request.method(), request.path(), headers);
      body = request.body().getBytes(StandardCharsets.UTF_8);
    }
    authorization = AuthorizationHeader.parse(head.header("authorization").orElseThrow());
    date = head.header("x-sdk-date").orElseThrow();
  }

  private record ReceivedHead(String method, String rawPath, Map<String, List<String>> received)
      implements RequestHead {
    @Override
    public String rawQuery() {
      return "";
    }

    @Override
    public Optional<String> header(String lowerCaseName) {
      return headers(lowerCaseName).stream().findFirst();
    }

    @Override
    public List<String> headers(String lowerCaseName) {
      return received.getOrDefault(lowerCaseName, List.of());
    }

    @Override
    public String remoteAddress() {
      return "127.0.0.1";
    }
  }

  @Benchmark
  public byte[] stringToSign() {
    return CanonicalRequest.stringToSign(authorization, date, head, body);
  }

  @Benchmark
  public int canonicalPath() {
    var text = new ByteText(1024);
    CanonicalUri.addPath(head.rawPath(), text);
    return text.length();
  }

  @Benchmark
  public int canonicalQuery() {
    var text = new ByteText(1024);
    CanonicalUri.addQuery(QUERY, text);
    return text.length();
  }
}
