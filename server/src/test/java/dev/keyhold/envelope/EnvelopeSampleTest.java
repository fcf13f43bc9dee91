package dev.keyhold.envelope;

import static dev.keyhold.crypto.Vectors.hex;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Vectors;
import dev.keyhold.key.KeyId;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Containers that others wrote: the cloud, and a second implementation of docs/envelope-format.md.
class EnvelopeSampleTest {
  private static final int OPENED = 94;
  private static final int REFUSED = 32;

  @Test
  void samplesOfFormat1OpenForEver() {
    JsonNode samples = Vectors.resource("envelope-v1.json").get("opened");
    for (JsonNode sample : samples) {
      byte[] container = hex(sample, "container");
      try (AeadKey key = key(sample)) {
        assertThat(encryptAgain(key, sample)).isEqualTo(container);

        Envelope envelope = Envelope.parse(container).orElseThrow();
        assertThat(envelope.keyId().text()).isEqualTo(sample.get("keyId").asString());
        assertThat(envelope.version()).isEqualTo(sample.get("version").asInt());
        assertThat(envelope.encode()).isEqualTo(container);
        try (KeyMaterial opened = open(key, envelope, sample).orElseThrow()) {
          assertThat(opened.lend(byte[]::clone)).isEqualTo(hex(sample, "plaintext"));
        }
      }
    }
    assertThat(samples.size()).isEqualTo(OPENED);
  }

  /// Their tags are right, so only the rules on the inner message keep them out.
  @Test
  void anInnerMessageHasOneSpelling() {
    JsonNode samples = Vectors.resource("envelope-v1.json").get("refused");
    for (JsonNode sample : samples) {
      Envelope envelope = Envelope.parse(hex(sample, "container")).orElseThrow();
      try (AeadKey key = key(sample)) {
        assertThat(open(key, envelope, sample)).as(sample.get("why").asString()).isEmpty();
      }
    }
    assertThat(samples.size()).isEqualTo(REFUSED);
  }

  @Test
  void theCloudsContainersAreFramesThatDoNotOpen() {
    JsonNode samples = Vectors.resource("cloud-containers.json").get("tests");
    for (JsonNode sample : samples) {
      String text = sample.get("container").asString();
      byte[] container =
          sample.get("encoding").asString().equals("hex")
              ? HexFormat.of().parseHex(text)
              : Base64.getDecoder().decode(text);
      assertThat(container).hasSize(sample.get("bytes").asInt());

      Envelope envelope = Envelope.parse(container).orElseThrow();
      assertThat(envelope.keyId()).isEqualTo(KeyId.parse(sample.get("keyId").asString()));
      assertThat(envelope.version()).isEqualTo(sample.get("version").asInt());
      assertThat(envelope.encode()).isEqualTo(container);
      for (AeadSuite suite : AeadSuite.values()) {
        try (AeadKey key = AeadKey.of(suite, new KeyMaterial(new byte[suite.keyBytes()]))) {
          for (Purpose purpose : Purpose.values()) {
            assertThat(EnvelopeCipher.decrypt(key, envelope, purpose, CallerContext.NONE))
                .isEmpty();
          }
        }
      }
    }
    assertThat(samples.size()).isEqualTo(5);
  }

  private static Optional<KeyMaterial> open(AeadKey key, Envelope envelope, JsonNode sample) {
    if (!sample.has("pin")) {
      return EnvelopeCipher.decrypt(key, envelope, purpose(sample), context(sample));
    }
    try (var pin = pin(sample);
        var stretched = PinKey.stretch(pin, envelope);
        var pinKey = PinKey.of(key, envelope.keyId(), envelope.version(), stretched)) {
      return EnvelopeCipher.decrypt(pinKey, envelope, purpose(sample), context(sample));
    }
  }

  private static KeyMaterial pin(JsonNode sample) {
    return new KeyMaterial(sample.get("pin").asString().getBytes(UTF_8));
  }

  private static byte[] encryptAgain(AeadKey key, JsonNode sample) {
    if (sample.has("pin")) {
      var id = KeyId.parse(sample.get("keyId").asString());
      int version = sample.get("version").asInt();
      byte[] plaintext = hex(sample, "plaintext");
      try (var pin = pin(sample);
          var stretched = PinKey.stretch(pin, hex(sample, "nonce"));
          var pinKey = PinKey.of(key, id, version, stretched)) {
        return EnvelopeCipher.encrypt(
            pinKey, id, version, purpose(sample), context(sample), plaintext, 0, plaintext.length);
      }
    }
    return EnvelopeCipher.encryptUnderChosenNonce(
        hex(sample, "nonce"),
        key,
        KeyId.parse(sample.get("keyId").asString()),
        sample.get("version").asInt(),
        purpose(sample),
        context(sample),
        hex(sample, "plaintext"));
  }

  private static AeadKey key(JsonNode sample) {
    return AeadKey.of(
        AeadSuite.valueOf(sample.get("suite").asString()), new KeyMaterial(hex(sample, "key")));
  }

  private static Purpose purpose(JsonNode sample) {
    return Purpose.valueOf(sample.get("purpose").asString());
  }

  private static CallerContext context(JsonNode sample) {
    JsonNode context = sample.get("context");
    return switch (context.get("kind").asString()) {
      case "none" -> CallerContext.NONE;
      case "text" -> new CallerContext.Text(context.get("value").asString());
      case "pairs" -> {
        var pairs = new TreeMap<String, String>();
        context
            .get("value")
            .properties()
            .forEach(pair -> pairs.put(pair.getKey(), pair.getValue().asString()));
        yield CallerContext.Pairs.of(pairs);
      }
      default -> throw new AssertionError("no such kind of context");
    };
  }

  /// So that nobody reads a sample's text with another encoding unnoticed.
  @Test
  void samplesHoldTextBeyondAscii() {
    assertThat(Vectors.resource("envelope-v1.json").toString().getBytes(UTF_8))
        .contains("世界".getBytes(UTF_8));
  }
}
