package dev.keyhold.operation;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Hex;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.KeySpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whether the time of a refusal tells what was wrong with a container: Welch's t of each
/// alteration against a flipped body. Timing never decides a test, so this runs only when asked for
/// (`-Dkeyhold.timing=true`), and prints.
final class RefusalTiming {
  private static final int CALLS = 30_000;

  @TempDir Path folder;

  @Test
  void everyAlterationIsRefusedAndTheTimesArePrinted() {
    try (var kms = new TestKms(folder)) {
      String key = kms.key(KeySpec.AES_256);
      byte[] container =
          kms.dataKeys
              .create(
                  kms.caller,
                  new DataKeys.CreateRequest(
                      key,
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty(),
                      Optional.empty()))
              .cipherText()
              .lent()
              .clone();
      Map<String, Integer> places = new LinkedHashMap<>();
      places.put("body", 40);
      places.put("nonce", 5);
      places.put("tag", container.length - 73);
      places.put("key id", container.length - 60);
      places.put("version", container.length - 36);
      places.put("checksum", container.length - 1);
      Map<String, long[]> times = new LinkedHashMap<>();
      places.keySet().forEach(name -> times.put(name, new long[CALLS]));
      for (int round = -CALLS; round < CALLS; round++) {
        for (var place : places.entrySet()) {
          byte[] altered = container.clone();
          altered[place.getValue()] ^= 1;
          long nanos = refuse(kms, key, Hex.upperText(altered));
          requireNonNull(times.get(place.getKey()))[Math.floorMod(round, CALLS)] = nanos;
        }
      }
      double[] body = moments(requireNonNull(times.get("body")));
      times.forEach((name, all) -> {
        double[] m = moments(all);
        double t = (m[0] - body[0]) / Math.sqrt(m[1] / m[2] + body[1] / body[2]);
        System.out.printf("refusal timing: %-8s mean %.0f ns, t %.1f%n", name, m[0], t);
      });
    }
  }

  private static long refuse(TestKms kms, String key, String container) {
    var request =
        new DataKeys.DecryptRequest(
            key,
            container,
            new WireNumber("32"),
            Optional.empty(),
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
