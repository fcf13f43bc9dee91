package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/// Makes sure that every node of a cluster knows what any of them has acknowledged so far. A node
/// learns of the others' changes in their order: with the newest it knows all.
///
/// @param cluster all of whose nodes are at work
/// @param token of the second account, whose keys are no concern of the test
record Barrier(Cluster cluster, String token) {
  /// The promise is a second, which other tests measure; here no time decides.
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  static Barrier of(Cluster cluster) {
    return new Barrier(cluster, Login.token(cluster.otherTenant(0)));
  }

  /// Disables a new key that all nodes have in use, and waits until all refuse it.
  void await() {
    List<Http> nodes =
        cluster.nodes().stream().map(node -> Http.withToken(node.otherTenant(), token)).toList();
    Http first = nodes.getFirst();
    Http.Answer created =
        Http.patiently(() -> first.kms("create-key", Map.of("key_alias", Names.fresh()))).ok();
    Map<String, String> key = Map.of("key_id", created.json().at("/key_info/key_id").asText());
    for (Http node : nodes) {
      await(node, key, answer -> answer.status() == 200);
    }
    // After a 503 it may be disabled already, which another attempt is told as a refusal.
    Http.patiently(() -> first.kms("disable-key", key));
    for (Http node : nodes) {
      await(node, key, answer -> answer.code().equals("KMS.0209"));
    }
  }

  private static void await(Http node, Map<String, String> key, Predicate<Http.Answer> expected) {
    long began = System.nanoTime();
    Http.Answer answer;
    do {
      answer = Http.patiently(() -> node.kms("create-datakey", key));
    } while (!expected.test(answer) && System.nanoTime() - began < PATIENCE.toNanos());
    assertThat(answer)
        .describedAs("what %s knows of the others' changes", node.endpoint())
        .matches(expected);
  }
}
