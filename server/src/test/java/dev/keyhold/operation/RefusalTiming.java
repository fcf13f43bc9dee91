package dev.keyhold.operation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether the time of a refusal tells what was wrong with a container: Welch's t of each
/// alteration against a body altered and sealed anew. Timing never decides a test, so this runs
/// only when asked for (`-Dkeyhold.timing=true`), and prints.
final class RefusalTiming {
  private static final int CALLS = 30_000;

  /// Many, because the JDK saves itself the expansion of an AES key that it has just used.
  private static final int CONTAINERS = 64;

  private static final int CHECKSUM = -32;
  private static final int VERSION = CHECKSUM - 4;
  private static final int KEY_ID = VERSION - 36;
  private static final int TAG = KEY_ID - 16;

  @TempDir Path folder;

  /// @param alter changes a container in place
  /// @param resealed whether the checksum, which has no key, is made to fit again
  private record Alteration(String name, Consumer<byte[]> alter, boolean resealed, String context) {
    static final Alteration BASE = flip("body", 40, true);

    static Alteration flip(String what, int place, boolean resealed) {
      return new Alteration(
          what + (resealed ? ", resealed" : ""),
          bytes -> bytes[Math.floorMod(place, bytes.length)] ^= 1,
          resealed,
          "context");
    }

    static List<Alteration> all() {
      var all = new ArrayList<Alteration>();
      all.add(BASE);
      all.add(new Alteration("the same again", BASE.alter, true, "context"));
      all.add(flip("body", 40, false));
      for (boolean resealed : new boolean[] {true, false}) {
        all.add(flip("nonce", 5, resealed));
        all.add(flip("tag", TAG, resealed));
        all.add(flip("version", VERSION, resealed));
        all.add(flip("key id", KEY_ID, resealed));
        all.add(flip("header", 0, resealed));
      }
      all.add(flip("checksum", CHECKSUM, false));
      all.add(new Alteration("another context", _ -> {}, true, "CONTEXT"));
      return all;
    }

    String of(byte[] container) {
      byte[] altered = container.clone();
      alter.accept(altered);
      if (resealed) {
        int end = altered.length + CHECKSUM;
        Digest.SHA_256.digest(altered, 0, end, altered, end);
      }
      return Hex.upperText(altered);
    }
  }

  @Test
  void everyAlterationIsRefusedAndTheTimesArePrinted() {
    try (var kms = new TestKms(folder)) {
      String key = kms.key(KeySpec.AES_256);
      List<byte[]> containers =
          Stream.generate(() -> container(kms, key)).limit(CONTAINERS).toList();
      Map<String, long[]> times = new LinkedHashMap<>();
      Alteration.all().forEach(alteration -> times.put(alteration.name(), new long[CALLS]));
      // Each call leaves the caches as it likes them, so what came before must not be always the
      // same.
      List<Alteration> order = Alteration.all();
      var shuffle = new java.util.Random(1);
      for (int round = -CALLS; round < CALLS; round++) {
        Collections.shuffle(order, shuffle);
        for (Alteration alteration : order) {
          String altered = alteration.of(containers.get(shuffle.nextInt(CONTAINERS)));
          long nanos = refuse(kms, key, altered, alteration.context());
          requireNonNull(times.get(alteration.name()))[Math.floorMod(round, CALLS)] = nanos;
        }
      }
      double[] base = moments(requireNonNull(times.get(Alteration.BASE.name())));
      times.forEach((name, all) -> {
        double[] m = moments(all);
        double t = (m[0] - base[0]) / Math.sqrt(m[1] / m[2] + base[1] / base[2]);
        System.out.printf("refusal timing: %-18s mean %.0f ns, t %.1f%n", name, m[0], t);
      });
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
                Optional.of("context"),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty()))
        .cipherText()
        .lent()
        .clone();
  }

  private static long refuse(TestKms kms, String key, String container, String context) {
    var request =
        new DataKeys.DecryptRequest(
            key,
            container,
            new WireNumber("32"),
            Optional.of(context),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    long start = System.nanoTime();
    try {
      kms.dataKeys.decrypt(kms.caller, request).close();
      throw new AssertionError("an altered container was opened");
    } catch (KmsException.Rejected refused) {
      long nanos = System.nanoTime() - start;
      assertThat(refused.error().code()).isEqualTo("KMS.2201");
      return nanos;
    }
  }

  /// Mean, variance and count of the fastest nine tenths: the rest is the machine's noise.
  private static double[] moments(long[] nanos) {
    long[] kept = Arrays.copyOf(sorted(nanos), nanos.length * 9 / 10);
    double mean = Arrays.stream(kept).average().orElseThrow();
    double variance =
        Arrays.stream(kept).mapToDouble(x -> (x - mean) * (x - mean)).sum() / (kept.length - 1);
    return new double[] {mean, variance, kept.length};
  }

  private static long[] sorted(long[] nanos) {
    long[] copy = nanos.clone();
    Arrays.sort(copy);
    return copy;
  }
}
