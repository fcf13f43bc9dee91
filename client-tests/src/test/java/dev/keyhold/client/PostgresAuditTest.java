package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `keyhold audit` where two nodes share a store: changes are in it, all else is in a folder of
/// each node.
class PostgresAuditTest {
  @TempDir private Path folder;

  private static String audit(Path data, String url, String... more) throws IOException {
    var arguments =
        new ArrayList<>(
            List.of(
                "audit",
                "export",
                "--data",
                data.toString(),
                "--set",
                "store.url=" + url,
                "--set",
                "store.user=" + TestPostgres.USER));
    arguments.addAll(List.of(more));
    return BackupTest.keyhold(arguments.toArray(String[]::new)).ok().output();
  }

  private static ServerProcess on(Path data, String url) {
    return ServerProcess.on(data).with("store.url", url).with("store.user", TestPostgres.USER);
  }

  private static String node(Path data) throws IOException {
    return Files.readString(data.resolve("audit/node")).strip();
  }

  @Test
  void recordsOfAllNodesAreReadTogether() throws Exception {
    String url = TestPostgres.shared().newDatabase();
    Path first = folder.resolve("first");
    try (var one = on(first, url)) {
      one.start();
      Path second =
          BackupTest.targetOf(first, folder.resolve("second"), "root.key", "dev-credentials.json");
      try (var two = on(second, url)) {
        two.start();
        String here = created(Http.loggedIn(one.tenant()));
        Http there = Http.loggedIn(two.tenant());
        String changedThere = created(there);
        there.kms("create-datakey", Map.of("key_id", here)).ok();

        String own = audit(first, url, "--key", here) + audit(first, url, "--key", changedThere);
        assertThat(own)
            .contains("read " + first.resolve("audit") + " of node " + node(first))
            .contains("not read: the folders of " + node(second))
            .contains("\"action\":\"create-key\"")
            .doesNotContain("\"action\":\"create-datakey\"");

        String[] both = {
          "--segments",
          first.resolve("audit").toString(),
          "--segments",
          second.resolve("audit").toString()
        };
        String all = audit(first, url, both);
        assertThat(all)
            .contains("of node " + node(first), "of node " + node(second))
            .doesNotContain("not read")
            .contains("\"action\":\"create-datakey\"");
        var times =
            all.lines().filter(line -> line.startsWith("{")).map(line -> line.substring(9, 33));
        assertThat(times.toList()).isSorted().hasSizeGreaterThan(4);
      }
    }
  }

  private static String created(Http http) {
    return http.kms("create-key", Map.of("key_alias", Names.fresh()))
        .ok()
        .json()
        .at("/key_info/key_id")
        .asText();
  }
}
