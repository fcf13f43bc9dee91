package dev.keyhold.envelope;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.KeyId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/// The examples and sizes printed in docs/envelope-format.md are what the code makes.
class EnvelopeFormatPageTest {
  private static final Path PAGE = Path.of("docs/envelope-format.md");
  private static final Pattern ROW = Pattern.compile("^    (\\w+) +=? ?(.+)$");
  private static final Pattern CONTINUATION = Pattern.compile("^ {16,}([0-9a-f]+)$");
  private static final Pattern SIZE =
      Pattern.compile(
          "^\\| (?:1 to |17 to )?(\\d+) \\| (\\d+) \\| (\\d+) \\| `([0-9a-f ]+)` \\|$",
          Pattern.MULTILINE);

  @Test
  void theExampleUnderAes256() throws IOException {
    check(example("### 8.1"), AeadSuite.XAES_256_GCM, new CallerContext.Text("123aad"));
  }

  @Test
  void theExampleUnderSm4() throws IOException {
    check(
        example("### 8.2"), AeadSuite.XSM4_GCM, CallerContext.Pairs.of(Map.of("b", "2", "a", "é")));
  }

  @Test
  void sizesAreThoseOfTheTable() throws IOException {
    List<MatchResult> rows = SIZE.matcher(page()).results().toList();
    assertThat(rows).hasSize(7);
    for (MatchResult row : rows) {
      int length = Integer.parseInt(row.group(1));
      assertThat(Envelope.bodyBytes(length)).isEqualTo(Integer.parseInt(row.group(2)));
      assertThat(Envelope.containerBytes(length)).isEqualTo(Integer.parseInt(row.group(3)));
      byte[] header = new byte[Envelope.HEADER_BYTES];
      Envelope.writeHeader(header, 0, Envelope.bodyBytes(length));
      assertThat(HexFormat.ofDelimiter(" ").formatHex(header)).isEqualTo(row.group(4));
    }
  }

  private static void check(Map<String, String> example, AeadSuite suite, CallerContext context) {
    byte[] container = hex(example, "container");
    byte[] plaintext = hex(example, "P");
    var id = KeyId.parse(row(example, "key_id"));
    int version = Integer.parseInt(row(example, "version"));
    var purpose = Purpose.valueOf(row(example, "purpose"));
    assertThat(context.encoding().lent()).isEqualTo(hex(example, "context"));
    assertThat(hex(example, "AAD"))
        .startsWith("keyhold-envelope-v1:".getBytes(US_ASCII))
        .hasSize(Aad.length(context.encoding().lent()));
    try (var key = AeadKey.of(suite, new KeyMaterial(hex(example, "K")))) {
      assertThat(
              EnvelopeCipher.encryptUnderChosenNonce(
                  hex(example, "N"), key, id, version, purpose, context, plaintext))
          .isEqualTo(container);
      byte[] opened = new byte[hex(example, "inner").length];
      byte[] aad = hex(example, "AAD");
      int sealedBytes = opened.length + AeadKey.TAG_BYTES;
      assertThat(key.open(container, 4, aad, aad.length, container, 28, sealedBytes, opened, 0))
          .isTrue();
      assertThat(opened).isEqualTo(hex(example, "inner"));
      assertThat(
              EnvelopeCipher.decrypt(key, Envelope.parse(container).orElseThrow(), purpose, context)
                  .orElseThrow()
                  .lend(byte[]::clone))
          .isEqualTo(plaintext);
    }
  }

  private static String row(Map<String, String> example, String name) {
    return example.getOrDefault(name, "absent");
  }

  private static byte[] hex(Map<String, String> example, String name) {
    return HexFormat.of().parseHex(row(example, name));
  }

  /// The rows `name = value` under a heading; a value may go on in the lines below it.
  private static Map<String, String> example(String heading) throws IOException {
    String section = page().split("\n" + Pattern.quote(heading), 2)[1];
    var example = new HashMap<String, String>();
    var names = new ArrayList<String>();
    for (String line : section.split("\n### ", 2)[0].lines().toList()) {
      var more = CONTINUATION.matcher(line);
      var row = ROW.matcher(line);
      if (more.matches()) {
        example.merge(names.getLast(), more.group(1), String::concat);
      } else if (row.matches()) {
        names.add(row.group(1));
        example.put(row.group(1), row.group(2));
      }
    }
    assertThat(example).hasSize(12);
    return example;
  }

  private static String page() throws IOException {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      if (Files.exists(at.resolve(PAGE))) {
        return Files.readString(at.resolve(PAGE));
      }
    }
    throw new AssertionError("no " + PAGE + " here or above");
  }
}
