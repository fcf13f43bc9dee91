package dev.keyhold.bench.scale;

import dev.keyhold.StoreTargets;
import dev.keyhold.bench.scale.Traffic.Request;
import dev.keyhold.store.KeyBatches.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;

/// Which keys are asked for.
final class Draws {
  /// More than one slice sends; no key comes twice in a uniform draw of a million.
  private static final int MANY = 200_000;

  private static final String DEK = "00".repeat(32);
  private static final String DEK_SHA_256 =
      "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925";

  private final StoreTargets targets;
  private final List<Place> shuffled;
  private final Random random = new Random(42);

  Draws(StoreTargets targets) {
    this.targets = targets;
    this.shuffled = new ArrayList<>(targets.keys());
    Collections.shuffle(shuffled, random);
  }

  static String encrypt(Place key) {
    return "{\"key_id\":\"%s\",\"plain_text\":\"%s\",\"datakey_plain_length\":\"32\"}"
        .formatted(key.key(), DEK + DEK_SHA_256);
  }

  private static String describe(Place key) {
    return "{\"key_id\":\"" + key.key() + "\"}";
  }

  Traffic hot() {
    return new Traffic(
        "encrypt-datakey, one key",
        "encrypt-datakey",
        false,
        List.of(request(shuffled.getFirst(), Draws::encrypt)));
  }

  Traffic uniform() {
    return new Traffic(
        "encrypt-datakey, uniform", "encrypt-datakey", false, uniform(Draws::encrypt));
  }

  Traffic describe() {
    return new Traffic("describe-key, uniform", "describe-key", false, uniform(Draws::describe));
  }

  private List<Request> uniform(Function<Place, String> body) {
    return shuffled.stream().limit(MANY).map(key -> request(key, body)).toList();
  }

  /// Of all keys, the n-th most popular one n times as rarely as the first.
  Traffic zipf() {
    double[] sums = new double[shuffled.size()];
    double sum = 0;
    for (int i = 0; i < sums.length; i++) {
      sum += 1.0 / (i + 1);
      sums[i] = sum;
    }
    double total = sum;
    List<Request> drawn =
        IntStream.range(0, MANY)
            .map(_ -> Arrays.binarySearch(sums, random.nextDouble() * total))
            .map(found -> found < 0 ? -found - 1 : found)
            .mapToObj(
                rank -> request(shuffled.get(Math.min(rank, sums.length - 1)), Draws::encrypt))
            .toList();
    return new Traffic("encrypt-datakey, Zipf", "encrypt-datakey", false, drawn);
  }

  /// @param more members of the request
  Traffic list(String name, String project, int limit, long marker, String more) {
    String body = "{\"limit\":\"%d\",\"marker\":\"%d\"%s}".formatted(limit, marker, more);
    return new Traffic(name, "list-keys", false, List.of(new Request(project, body)));
  }

  /// Names that no key has yet.
  Traffic create(int connections) {
    String series = UUID.randomUUID().toString().substring(0, 8);
    List<Request> requests =
        IntStream.range(0, MANY)
            .mapToObj(i -> "{\"key_alias\":\"made-" + series + "-" + i + "\"}")
            .map(body -> new Request(targets.spare(), body))
            .toList();
    return new Traffic("create-key, " + connections, "create-key", true, requests);
  }

  private static Request request(Place key, Function<Place, String> body) {
    return new Request(key.project(), body.apply(key));
  }
}
