package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.Soak.Turn;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// One server on SQLite with the disk, the clock and slow clients in turn.
@Tag(Chaos.TAG)
class SoakTest {
  @TempDir private Path work;
  @TempDir private Path data;

  @Test
  void nothingGrowsUnderAMixedLoadWithFaults() throws Exception {
    int rounds = Chaos.rounds(2);
    try (var row =
            ChaosReport.of(
                    "F25 soak", "a mixed load with a fault every 12 s: disk, clock, slow clients")
                .rounds(rounds);
        var server = ServerProcess.on(data).with("limits.head-time", "2s")) {
      Faults faults = Faults.of(server, data, work);
      var soak = new Soak(List.of(server), work);
      server.start();
      Http http = Http.loggedIn(server.tenant());
      String body =
          "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 16000\r\n\r\n{"
              .formatted(http.kmsPath("encrypt-datakey"));
      soak.run(
          rounds,
          List.of(http),
          List.of(
              disk(faults, Faults.Disk.HANGS),
              Turn.slowClients("slow heads", server, "GET /health/live HTTP/1.1\r\nX-Slow: "),
              clock(faults, Duration.ofMinutes(-5)),
              disk(faults, Faults.Disk.IS_FULL),
              Turn.slowClients("slow bodies", server, body),
              clock(faults, Duration.ofHours(1)),
              disk(faults, Faults.Disk.FAILS_SYNC)),
          row);
      assertThat(server.stop()).isZero();
      assertThat(AuditRecords.export(data, "--limit", "10")).hasSize(10);
      row.passed();
    }
  }

  private static Turn disk(Faults faults, Faults.Disk state) {
    return Turn.fault(
        "the disk: " + state, () -> faults.disk(state), () -> faults.disk(Faults.Disk.SOUND));
  }

  private static Turn clock(Faults faults, Duration error) {
    return Turn.fault(
        "the clock: " + error,
        () -> faults.clockIsWrongBy(error),
        () -> faults.clockIsWrongBy(Duration.ZERO));
  }
}
