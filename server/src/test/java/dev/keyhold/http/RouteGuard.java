package dev.keyhold.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;

/// What holds for every row of any route table, asked of a running server.
public final class RouteGuard {
  private RouteGuard() {}

  public static void assertEveryRowRefusesStrangersAndOversize(RouteTable table, int port)
      throws IOException {
    assertThat(table.rows()).isNotEmpty();
    for (Route row : table.rows()) {
      if (row.access() != Access.OPEN) {
        assertThat(status(row, port, "Content-Length: 2\r\n\r\n{}"))
            .as(row + " unsigned")
            .isEqualTo(401);
        assertThat(status(row, port, "X-Auth-Token: x\r\nContent-Length: 2\r\n\r\n{}"))
            .as(row + " with a bad token")
            .isEqualTo(401);
      }
      int tooMuch = row.bodyLimitBytes() + 1;
      assertThat(status(row, port, "Content-Length: " + tooMuch + "\r\n\r\n"))
          .as(row + " announcing too much")
          .isEqualTo(413);
      String chunk = Integer.toHexString(tooMuch) + "\r\n" + "x".repeat(tooMuch) + "\r\n";
      assertThat(status(row, port, "Transfer-Encoding: chunked\r\n\r\n" + chunk))
          .as(row + " sending too much")
          .isEqualTo(413);
    }
  }

  /// Each region may take as long as [dev.keyhold.replication.Peers] waits for it.
  public static void assertCallsThatAskOtherRegionsHaveTheTimeForIt(RouteTable table) {
    var asking =
        List.of(
            "schedule-key-deletion", "rotate-on-demand", "/replicate", "/update-primary-region");
    assertThat(table.rows())
        .filteredOn(row -> asking.stream().anyMatch(row.template()::endsWith))
        .hasSize(asking.size())
        .allSatisfy(row -> assertThat(row.deadline()).as(row.template()).isEqualTo(Routes.PEERS));
  }

  private static int status(Route row, int port, String rest) throws IOException {
    String path =
        row.template().replace("{project_id}", TestEdge.PROJECT).replaceAll("\\{.*?}", "x");
    try (var client = new RawClient(port)) {
      return client
          .send(row.method() + " " + path + " HTTP/1.1\r\nHost: a\r\n" + rest)
          .receive(row.method().equals("HEAD"))
          .status();
    }
  }
}
