package dev.keyhold.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import java.util.List;
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
}
