package dev.keyhold.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClosedException;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/// What is left of bodies and answers that nobody takes: nothing.
class WipingTest {
  private static Buffer piece(String text) {
    return Buffer.buffer(text);
  }

  private static void assertWiped(Buffer piece) {
    assertThat(piece.length()).isPositive();
    assertThat(piece.getBytes()).containsOnly(0);
  }

  @Test
  void aBodyThatIsGivenUpIsWipedInAllItsPieces() {
    for (List<Buffer> pieces :
        List.of(List.of(piece("canary")), List.of(piece("can"), piece("ar"), piece("y")))) {
      var body = new Body(100);
      pieces.forEach(piece -> assertThat(body.add(piece)).isTrue());
      byte[] whole = body.whole();
      assertThat(whole).isEqualTo("canary".getBytes(US_ASCII));
      body.wipe();
      assertThat(whole).containsOnly(0);
      pieces.subList(1, pieces.size()).forEach(WipingTest::assertWiped);
    }
  }

  @Test
  void aPieceThatIsTooMuchIsWiped() {
    var body = new Body(6);
    var rest = piece("canary");
    body.add(piece("c"));
    assertThat(body.add(rest)).isFalse();
    assertWiped(rest);
  }

  record Document(String text) {}

  @Test
  void anAnswerThatNobodyGetsIsWipedUnlessOthersGetItToo() {
    var document = Answer.ok(new Document("canary"));
    Buffer encoded = document.encode();
    document.wipe(encoded);
    assertWiped(encoded);

    var shared = Answer.text(200, "text/plain", "canary");
    shared.wipe(shared.encode());
    assertThat(shared.encode().toString()).isEqualTo("canary");
    var nothing = Answer.empty(204);
    nothing.wipe(nothing.encode());
  }

  @Test
  void anAnswerThatWaitsForAClientThatIsGoneIsWiped() {
    var gone = new AtomicReference<Handler<Throwable>>();
    var response =
        (HttpServerResponse)
            Proxy.newProxyInstance(
                WipingTest.class.getClassLoader(),
                new Class<?>[] {HttpServerResponse.class},
                (proxy, method, arguments) ->
                    switch (method.getName()) {
                      case "writeQueueFull" -> true;
                      case "drainHandler" -> proxy;
                      case "exceptionHandler" -> {
                        @SuppressWarnings("unchecked")
                        var handler = (Handler<Throwable>) arguments[0];
                        gone.set(handler);
                        yield proxy;
                      }
                      default -> throw new UnsupportedOperationException(method.getName());
                    });
    var request =
        (HttpServerRequest)
            Proxy.newProxyInstance(
                WipingTest.class.getClassLoader(),
                new Class<?>[] {HttpServerRequest.class},
                (_, method, _) -> {
                  assertThat(method.getName()).isEqualTo("response");
                  return response;
                });
    var edge = TestEdge.unserved(Limits.standard());
    var loop = new EdgeLoop(edge);
    var guard = new ConnectionGuard(edge, loop, new HttpServerOptions());
    var document = Answer.ok(new Document("canary"));
    Buffer encoded = document.encode();
    new Reply(edge, loop, guard, request, "", "").send(document, encoded, ErrorShape.KMS);
    assertThat(encoded.toString()).contains("canary");
    gone.get().handle(new HttpClosedException(""));
    assertWiped(encoded);
  }
}
