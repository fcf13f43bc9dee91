package dev.keyhold.envelope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.keyhold.crypto.AeadKey;
import dev.keyhold.crypto.AeadSuite;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.KeyId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What holds for any container. Another seed: `-Dkeyhold.seed=…`.
class EnvelopePropertyTest {
  private static final long SEED = Long.getLong("keyhold.seed", 20_260_101);
  private static final KeyId ID = KeyId.parse("0d0466b0-e727-4d9c-b35d-f84bb474a37f");
  private static final KeyId OTHER_ID = KeyId.parse("0d0466b0-e727-4d9c-b35d-f84bb474a370");

  private final Random random = new Random(SEED);

  @BeforeAll
  static void tellSeed() {
    System.out.println("EnvelopePropertyTest: -Dkeyhold.seed=" + SEED);
  }

  @ParameterizedTest
  @EnumSource
  void everyLengthComesBack(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      for (int length = 1; length <= 4096; length += length < 200 ? 1 : 1 + random.nextInt(60)) {
        byte[] plaintext = bytes(length);
        byte[] container = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, plaintext);
        assertThat(container).hasSize(Envelope.containerBytes(length));
        assertThat(decrypt(key, container, Purpose.DATAKEY, CallerContext.NONE))
            .hasValue(plaintext);
      }
    }
  }

  @Test
  void sizesAreThoseOfTheCloud() {
    Map<Integer, String> published =
        Map.of(
            16,
            "02006800",
            24,
            "02007800",
            32,
            "02007800",
            48,
            "02008800",
            64,
            "02009800",
            128,
            "0200d800",
            1024,
            "02005804");
    try (AeadKey key = key(AeadSuite.XAES_256_GCM)) {
      published.forEach((length, header) -> {
        byte[] container = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(length));
        assertThat(HexFormat.of().formatHex(container, 0, 4)).isEqualTo(header);
      });
    }
    assertThat(
            List.of(16, 24, 32, 48, 64, 128, 1024).stream().map(Envelope::containerBytes).toList())
        .containsExactly(140, 156, 156, 172, 188, 252, 1148);
    // The FAQ's formula for encrypt-data: 124 + 16 * ceil(length / 16).
    for (int length = 1; length <= 4096; length++) {
      assertThat(Envelope.containerBytes(length)).isEqualTo(124 + 16 * ((length + 15) / 16));
    }
  }

  @Test
  void parseIsTheInverseOfEncode() {
    for (int i = 0; i < 2000; i++) {
      int version = random.nextInt() & Integer.MAX_VALUE;
      byte[] body = bytes(Envelope.bodyBytes(1 + random.nextInt(4096)));
      var envelope = new Envelope(KeyId.random(), version, Bytes.owning(body));
      byte[] container = envelope.encode();
      assertThat(Envelope.parse(container)).hasValue(envelope);
      assertThat(Envelope.parse(container).orElseThrow().encode()).isEqualTo(container);
    }
  }

  @Test
  void noBytesButAFrameParse() {
    for (int i = 0; i < 20_000; i++) {
      byte[] noise = bytes(random.nextInt(400));
      if (noise.length > 4) {
        Envelope.writeHeader(noise, 0, noise.length - Envelope.FRAME_BYTES);
      }
      assertThat(Envelope.parse(noise)).isEmpty();
    }
    assertThat(Envelope.parse(new byte[0])).isEmpty();
    assertThat(Envelope.parse(new byte[10_000_000])).isEmpty();
  }

  /// With the checksum made right again, each field's own rule has to refuse.
  @Test
  void aWrongFieldIsRefusedUnderARightChecksum() {
    byte[] good = new Envelope(ID, 0, Bytes.owning(bytes(112))).encode();
    for (int offset : new int[] {0, 1, 2, 3, 116, 124, 125, 151, 155}) {
      byte[] altered = good.clone();
      altered[offset] ^= (byte) 0x80;
      assertThat(Envelope.parse(withChecksum(altered))).as("offset %d", offset).isEmpty();
    }
    assertThat(Envelope.parse(withChecksum(good.clone()))).isPresent();
  }

  @ParameterizedTest
  @EnumSource
  void everyFlippedBitIsRefused(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      byte[] container = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(33));
      for (int bit = 0; bit < 8 * container.length; bit++) {
        byte[] altered = container.clone();
        altered[bit / 8] ^= (byte) (1 << (bit % 8));
        assertRefused(key, altered);
        if (bit / 8 < container.length - Envelope.CHECKSUM_BYTES) {
          assertRefused(key, withChecksum(altered));
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyOtherLengthIsRefused(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      byte[] container = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(20));
      for (int length = 0; length < container.length + 40; length++) {
        if (length != container.length) {
          byte[] cut = Arrays.copyOf(container, length);
          assertRefused(key, cut);
          if (length >= Envelope.FRAME_BYTES) {
            Envelope.writeFrame(cut, ID, 0);
            assertRefused(key, withChecksum(cut));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void twoContainersSplicedAnywhereAreRefused(AeadSuite suite) {
    try (AeadKey key = key(suite)) {
      byte[] one = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(64));
      byte[] other = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(64));
      // The frame is the same in both, so a cut inside it splices nothing.
      for (int cut = 5; cut < one.length - Envelope.KEY_BYTES - Envelope.CHECKSUM_BYTES; cut++) {
        byte[] spliced = one.clone();
        System.arraycopy(other, cut, spliced, cut, other.length - cut);
        byte[] sound = withChecksum(spliced);
        // Where a single byte is exchanged, it is the same one time in 256.
        if (!Arrays.equals(sound, one) && !Arrays.equals(sound, other)) {
          assertRefused(key, spliced);
          assertRefused(key, sound);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void keyIdVersionAndKeyAreBound(AeadSuite suite) {
    try (AeadKey key = key(suite);
        AeadKey otherKey = key(suite)) {
      byte[] container = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(64));
      Envelope envelope = Envelope.parse(container).orElseThrow();
      assertRefused(key, new Envelope(OTHER_ID, 0, envelope.body()).encode());
      assertRefused(key, new Envelope(ID, 1, envelope.body()).encode());
      assertRefused(otherKey, container);
    }
  }

  @ParameterizedTest
  @EnumSource
  void purposesAndContextsDoNotCross(AeadSuite suite) {
    List<CallerContext> contexts = contexts();
    byte[] plaintext = bytes(64);
    int opened = 0;
    try (AeadKey key = key(suite)) {
      for (Purpose made : Purpose.values()) {
        for (CallerContext given : contexts) {
          byte[] container = encrypt(key, made, given, plaintext);
          for (Purpose asked : Purpose.values()) {
            for (CallerContext said : contexts) {
              boolean same = made == asked && given.equals(said);
              assertThat(decrypt(key, container, asked, said).isPresent()).isEqualTo(same);
              opened += same ? 1 : 0;
            }
          }
        }
      }
    }
    assertThat(opened).isEqualTo(Purpose.values().length * contexts.size());
  }

  private static List<CallerContext> contexts() {
    var contexts = new ArrayList<CallerContext>();
    contexts.add(CallerContext.NONE);
    for (String text : List.of("", "a", "\0", "123aad", "x".repeat(128))) {
      contexts.add(new CallerContext.Text(text));
      contexts.add(CallerContext.Pairs.of(Map.of("k", text)));
      contexts.add(CallerContext.Pairs.of(Map.of(text, "k")));
    }
    contexts.add(CallerContext.Pairs.of(Map.of()));
    contexts.add(CallerContext.Pairs.of(Map.of("k".repeat(4000), "v".repeat(4192))));
    return contexts;
  }

  @Test
  void whatCannotBeOpenedIsRefusedWhateverItIs() {
    for (AeadSuite suite : AeadSuite.values()) {
      try (AeadKey key = key(suite)) {
        byte[] good = encrypt(key, Purpose.DATAKEY, CallerContext.NONE, bytes(64));
        for (int length : new int[] {0, 1, 4, 75, 76, 139, 140, 187, 188, 4220, 4221, 100_000}) {
          var candidate = Candidate.of(Arrays.copyOf(good, length));
          var opened = EnvelopeCipher.decrypt(key, candidate, Purpose.DATAKEY, CallerContext.NONE);
          assertThat(opened.isPresent()).isEqualTo(length == good.length);
        }
        byte[] broken = good.clone();
        broken[broken.length - 1] ^= 1;
        for (var refused : List.of(Candidate.of(broken), Candidate.of(good).refused())) {
          assertThat(EnvelopeCipher.decrypt(key, refused, Purpose.DATAKEY, CallerContext.NONE))
              .as("a sound body in a broken frame")
              .isEmpty();
        }
      }
    }
  }

  @Test
  void plaintextsOutsideTheBoundsAreABug() {
    try (AeadKey key = key(AeadSuite.XAES_256_GCM)) {
      for (int length : new int[] {0, 4097}) {
        byte[] plaintext = new byte[length];
        assertThatIllegalArgumentException()
            .isThrownBy(() -> encrypt(key, Purpose.DATA, CallerContext.NONE, plaintext));
      }
    }
  }

  private void assertRefused(AeadKey key, byte[] container) {
    assertThat(decrypt(key, container, Purpose.DATAKEY, CallerContext.NONE)).isEmpty();
  }

  private static byte[] encrypt(
      AeadKey key, Purpose purpose, CallerContext context, byte[] plaintext) {
    return EnvelopeCipher.encrypt(key, ID, 0, purpose, context, plaintext, 0, plaintext.length);
  }

  private static Optional<byte[]> decrypt(
      AeadKey key, byte[] container, Purpose purpose, CallerContext context) {
    return Envelope.parse(container)
        .flatMap(envelope -> EnvelopeCipher.decrypt(key, envelope, purpose, context))
        .map(opened -> opened.lend(byte[]::clone));
  }

  private static byte[] withChecksum(byte[] container) {
    int end = container.length - Envelope.CHECKSUM_BYTES;
    Digest.SHA_256.digest(container, 0, end, container, end);
    return container;
  }

  private AeadKey key(AeadSuite suite) {
    return AeadKey.of(suite, new KeyMaterial(bytes(suite.keyBytes())));
  }

  private byte[] bytes(int length) {
    byte[] out = new byte[length];
    random.nextBytes(out);
    return out;
  }
}
