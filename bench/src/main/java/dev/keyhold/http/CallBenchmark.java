package dev.keyhold.http;

import dev.keyhold.bench.micro.World;
import dev.keyhold.iam.Principal;
import dev.keyhold.operation.DataKeys;
import io.vertx.core.buffer.Buffer;
import java.time.Duration;
import java.util.List;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// encrypt-datakey from the parsed head and the bytes of the body to the bytes of the answer, which
/// is all that the server does but HTTP; and its two kinds of authentication alone.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class CallBenchmark {
  private static final String TEMPLATE = "/v1.0/{project_id}/kms/encrypt-datakey";

  private final World world;
  private final RouteTable table;
  private final Dispatcher dispatcher;
  private final ParsedRequest byToken;
  private final ParsedRequest bySignature;

  public CallBenchmark() {
    world = new World();
    table =
        new RouteTable(
            List.of(
                Route.post(
                    TEMPLATE,
                    Access.CALLER,
                    Route.kib(64),
                    Duration.ofSeconds(5),
                    RunsOn.EVENT_LOOP,
                    Endpoints.json(DataKeys.EncryptRequest.class, world.dataKeys()::encrypt))));
    dispatcher = new Dispatcher(world.authenticator()::authenticate, world.tenancy()::enter);
    byToken = new ParsedRequest(world.byToken());
    bySignature = new ParsedRequest(world.bySignature());
    if (call(byToken).length() != call(bySignature).length()) {
      throw new IllegalStateException("the two calls do not answer alike");
    }
  }

  @TearDown
  public void close() {
    world.close();
  }

  @Benchmark
  public Principal verifyToken() {
    return world.authenticator().authenticate(byToken.head(), byToken.body());
  }

  @Benchmark
  public Principal verifySignature() {
    return world.authenticator().authenticate(bySignature.head(), bySignature.body());
  }

  @Benchmark
  public Buffer encryptDatakeyByToken() {
    return call(byToken);
  }

  @Benchmark
  public Buffer encryptDatakeyBySignature() {
    return call(bySignature);
  }

  private Buffer call(ParsedRequest request) {
    return switch (table.match("POST", request.path())) {
      case RouteTable.Found found -> {
        var exchange =
            new Exchange(found, "bench", request.head(), request.body(), Optional.empty());
        Answer answer = dispatcher.perform(found.route(), exchange);
        if (answer.status() != 200) {
          throw new IllegalStateException("the call was refused");
        }
        yield answer.encode();
      }
      case RouteTable.Refused _ -> throw new IllegalStateException("there is no such route");
    };
  }
}
