package dev.keyhold.operation;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Whether the time of a refusal tells what was wrong with a container: Welch's t of each
/// alteration against one of the body, with the slowest tenth of all calls left out, as dudect
/// does. Alterations take turns at random, each time of another container.
///
/// What the key alone can find must not be told: that the material, the context, the nonce, the
/// body or the tag is another one. What the caller wrote in clear and can check without the server,
/// for its checksum has no key, is measured and does not decide.
@Tag(Chaos.TAG)
class RefusalTimingTest {
  private static final int CALLS_A_ROUND = 1000;

  /// Many, because the JDK saves itself the expansion of an AES key that it has just used.
  private static final int CONTAINERS = 64;

  private static final double MOST_T = 4.5;
  private static final double KEPT = 0.9;
  private static final String CONTEXT = "context";

  private static final int CHECKSUM = -32;
  private static final int VERSION = CHECKSUM - 4;
  private static final int KEY_ID = VERSION - 36;
  private static final int TAG = KEY_ID - 16;
  private static final int NONCE = 5;
  private static final int BODY = 40;

  @TempDir private Path folder;

  /// @param alter changes a container in place
  /// @param resealed whether the checksum is made to fit again
  /// @param ofKey whether it takes the key to find it
  private record Alteration(
      String name, Consumer<byte[]> alter, boolean resealed, boolean ofKey, String context) {
    static final Alteration BASE = ofKey("body", flip(BODY), CONTEXT);

    static Alteration ofKey(String name, Consumer<byte[]> alter, String context) {
      return new Alteration(name, alter, true, true, context);
    }

    static Alteration ofFrame(String name, int place, boolean resealed) {
      return new Alteration(
          name + (resealed ? "" : ", checksum not"), flip(place), resealed, false, CONTEXT);
    }

    static Consumer<byte[]> flip(int place) {
      return bytes -> bytes[Math.floorMod(place, bytes.length)] ^= 1;
    }

    /// @param other a container under another key, for as many bytes
    static List<Alteration> all(byte[] other) {
      return List.of(
          BASE,
          ofKey("the same again", BASE.alter, CONTEXT),
          ofKey("nonce", flip(NONCE), CONTEXT),
          ofKey("tag", flip(TAG), CONTEXT),
          ofKey("another context", _ -> {}, CONTEXT.toUpperCase(Locale.ROOT)),
          ofKey(
              "another key's body",
              bytes ->
                  System.arraycopy(other, 4, bytes, 4, Math.floorMod(KEY_ID, bytes.length) - 4),
              CONTEXT),
          ofFrame("header", 0, true),
          ofFrame("version", VERSION, true),
          ofFrame("key id", KEY_ID, true),
          ofFrame("checksum", CHECKSUM, false),
          ofFrame("header", 0, false),
          ofFrame("nonce", NONCE, false),
          ofFrame("body", BODY, false),
          ofFrame("tag", TAG, false),
          ofFrame("version", VERSION, false),
          ofFrame("key id", KEY_ID, false));
    }

    byte[] of(byte[] container) {
      byte[] altered = container.clone();
      alter.accept(altered);
      if (resealed) {
        int end = altered.length + CHECKSUM;
        Digest.SHA_256.digest(altered, 0, end, altered, end);
      }
      return Hex.upper(altered);
    }
  }

  /// One alteration of each container, made before anything is measured: making them would leave
  /// the caches in a state of their own.
  private static final class Series {
    private final Alteration alteration;
    private final List<byte[]> texts;
    private final long[] nanos;

    Series(Alteration alteration, List<byte[]> containers, int calls) {
      this.alteration = alteration;
      this.texts = containers.stream().map(alteration::of).toList();
      this.nanos = new long[calls];
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = KeySpec.class,
      names = {"AES_256", "SM4"})
  void refusalTakesAsLongWhateverTheKeyFound(KeySpec spec) {
    int calls = CALLS_A_ROUND * Chaos.rounds(1);
    long seed = Chaos.seed();
    var random = new Random(seed);
    try (var row =
            ChaosReport.of(
                    "F16 refusal times, " + spec,
                    "containers altered in each part; times of decrypt-datakey's refusals compared")
                .rounds(calls);
        var kms = new TestKms(folder)) {
      row.figure("seed " + seed);
      String key = kms.key(spec);
      byte[] other = container(kms, kms.key(spec));
      List<byte[]> containers =
          Stream.generate(() -> container(kms, key)).limit(CONTAINERS).toList();
      List<Series> all =
          Alteration.all(other).stream()
              .map(alteration -> new Series(alteration, containers, calls))
              .toList();
      var order = new ArrayList<>(all);
      // The first half is for the compiler, and overwritten.
      for (int round = -calls; round < calls; round++) {
        Collections.shuffle(order, random);
        for (Series series : order) {
          series.nanos[Math.floorMod(round, calls)] =
              refuse(kms, key, series.texts.get(random.nextInt(CONTAINERS)), series.alteration);
        }
      }
      List<String> told = compare(row, all);
      if (Chaos.measures()) {
        assertThat(told).isEmpty();
      }
      row.passed();
    }
  }

  /// @return what the time tells and must not
  private static List<String> compare(ChaosReport row, List<Series> all) {
    long[] pooled = all.stream().flatMapToLong(series -> Arrays.stream(series.nanos)).toArray();
    Arrays.sort(pooled);
    long most = pooled[(int) (pooled.length * KEPT)];
    Moments base = Moments.of(all.getFirst().nanos, most);
    var told = new ArrayList<String>();
    for (boolean ofKey : new boolean[] {true, false}) {
      var figures = new ArrayList<String>();
      for (Series series : all.subList(1, all.size())) {
        if (series.alteration.ofKey() == ofKey) {
          Moments moments = Moments.of(series.nanos, most);
          double t = moments.against(base);
          String figure =
              String.format(
                  Locale.ROOT,
                  "%s %+.0f ns, t %+.1f",
                  series.alteration.name(),
                  moments.mean() - base.mean(),
                  t);
          figures.add(figure);
          if (ofKey && Math.abs(t) >= MOST_T) {
            told.add(figure);
          }
        }
      }
      row.figure(
          (ofKey ? "against a body altered: " : "not decisive, public: ")
              + String.join(", ", figures));
    }
    row.figure(String.format(Locale.ROOT, "mean %.0f ns", base.mean()));
    return told;
  }

  private record Moments(double mean, double variance, long count) {
    static Moments of(long[] nanos, long most) {
      long[] kept = Arrays.stream(nanos).filter(each -> each <= most).toArray();
      double mean = Arrays.stream(kept).average().orElseThrow();
      double squares = Arrays.stream(kept).mapToDouble(x -> (x - mean) * (x - mean)).sum();
      return new Moments(mean, squares / (kept.length - 1), kept.length);
    }

    /// Welch's t.
    double against(Moments other) {
      return (mean - other.mean) / Math.sqrt(variance / count + other.variance / other.count);
    }
  }

  private static byte[] container(TestKms kms, String key) {
    return kms.dataKeys
        .create(
            kms.caller,
            new DataKeys.CreateRequest(
                key,
                Optional.empty(),
                Optional.empty(),
                Optional.of(CONTEXT),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()))
        .cipherText()
        .lent()
        .clone();
  }

  /// @param text copied before the clock starts, so that each lies as near to the processor
  private static long refuse(TestKms kms, String key, byte[] text, Alteration alteration) {
    var request =
        new DataKeys.DecryptRequest(
            key,
            new String(text, ISO_8859_1),
            new WireNumber("32"),
            Optional.of(alteration.context()),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    long start = System.nanoTime();
    try {
      kms.dataKeys.decrypt(kms.caller, request).close();
    } catch (KmsException.Rejected refused) {
      long nanos = System.nanoTime() - start;
      assertThat(refused.error().code()).isEqualTo("KMS.2201");
      return nanos;
    }
    throw new AssertionError("an altered container was opened: " + alteration.name());
  }
}
