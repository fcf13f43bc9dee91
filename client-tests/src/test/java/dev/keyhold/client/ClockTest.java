package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosReport;
import dev.keyhold.client.Http.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A wall clock that jumps under a running server. The monotonic clock goes on as it should.
@Tag(Chaos.TAG)
class ClockTest {
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration STEP = Duration.ofMinutes(5);

  @TempDir private Path work;
  @TempDir private Path data;

  @Test
  void aJumpNeitherProlongsATokenNorDestroysAKeyEarlyNorStopsTheService() throws Exception {
    try (var row =
            ChaosReport.of(
                "F10 clock jumps", "wall clock an hour ahead, an hour back, 5 min back, a day on");
        var server = ServerProcess.on(data)) {
      Faults faults = Faults.of(server, data, work);
      server.start();
      Tenant tenant = server.tenant();
      Kms signed = Kms.of(tenant);
      Http http = Http.loggedIn(tenant);
      String key = signed.newKey();
      String doomed = signed.newKey();
      signed.scheduleDeletion(doomed, "7");

      for (Duration error : List.of(STEP.negated(), HOUR, HOUR.negated(), Duration.ZERO)) {
        faults.clockIsWrongBy(error);
        serves(http, key);
        boolean inWindow = error.abs().compareTo(Duration.ofMinutes(15)) < 0;
        // Clients whose clocks are right are out of the window of a server whose clock is not.
        assertThat(signsIn(signed, key))
            .describedAs("signed, clock off by " + error)
            .isEqualTo(inWindow);
        serves(Http.loggedIn(tenant), key);
        isPending(http, doomed);
      }

      // Tokens live for 24 hours of the steady clock: setting the clock back does not add to them.
      faults.clockIsWrongBy(Duration.ofHours(23));
      serves(http, key);
      faults.clockIsWrongBy(HOUR.negated());
      serves(http, key);
      faults.clockIsWrongBy(Duration.ofHours(24));
      Answer expired = http.kms("create-datakey", Map.of("key_id", key));
      assertThat(expired.status()).isEqualTo(401);
      faults.clockIsWrongBy(Duration.ZERO);
      assertThat(http.kms("create-datakey", Map.of("key_id", key)).status())
          .describedAs("what has expired stays so when the clock is set back")
          .isEqualTo(401);

      // A month ahead, and housekeeping looks every second: the key is there.
      faults.clockIsWrongBy(Duration.ofDays(31));
      ServerProcess.pause(Duration.ofSeconds(3));
      Http later = Http.loggedIn(tenant);
      isPending(later, doomed);
      faults.clockIsWrongBy(Duration.ZERO);
      later.kms("cancel-key-deletion", Map.of("key_id", doomed)).ok();
      later.kms("enable-key", Map.of("key_id", doomed)).ok();
      serves(later, doomed);
      assertThat(signsIn(signed, key)).isTrue();
      assertThat(AuditRecords.export(data)).isNotEmpty();
      assertThat(server.stop()).isZero();
      row.figure(
          "no call lost its service, no token came back, no deletion early;"
              + " signatures refused beyond 15 min only");
      row.passed();
    }
  }

  /// As on a machine whose clock is weeks ahead until a time service has set it.
  @Test
  void aClockThatIsWrongAtTheStartDestroysNothing() throws Exception {
    try (var row =
            ChaosReport.of("F10 clock wrong at the start", "a month ahead until it is set right");
        var server = ServerProcess.on(data)) {
      Faults faults = Faults.of(server, data, work);
      server.start();
      Kms kms = Kms.of(server.tenant());
      String doomed = kms.newKey();
      kms.scheduleDeletion(doomed, "7");
      assertThat(server.stop()).isZero();

      faults.clockIsWrongBy(Duration.ofDays(31));
      server.start();
      Http http = Http.loggedIn(server.tenant());
      isPending(http, doomed);
      for (int i = 0; i < 100 && !server.output().contains("set it right before"); i++) {
        ServerProcess.pause(Duration.ofMillis(100));
      }
      assertThat(server.output()).contains("1 keys, or their imported material, are to be");
      ServerProcess.pause(Duration.ofSeconds(2)); // some looks of housekeeping
      isPending(http, doomed);
      faults.clockIsWrongBy(Duration.ZERO);
      ServerProcess.pause(Duration.ofSeconds(2));
      isPending(http, doomed);
      assertThat(server.stop()).isZero();

      server.start(); // and with a right clock there is nothing to doubt
      http = Http.loggedIn(server.tenant());
      http.kms("cancel-key-deletion", Map.of("key_id", doomed)).ok();
      http.kms("enable-key", Map.of("key_id", doomed)).ok();
      serves(http, doomed);
      assertThat(server.stop()).isZero();
      row.figure("the key was there, and the log said what would happen");
      row.passed();
    }
  }

  private static void serves(Http http, String key) {
    http.kms("create-datakey", Map.of("key_id", key)).ok();
    http.kms("create-key", Map.of("key_alias", Names.fresh())).ok();
  }

  private static boolean signsIn(Kms signed, String key) {
    try {
      signed.describe(key);
      return true;
    } catch (ServiceResponseException refused) {
      assertThat(refused.getHttpStatusCode()).isEqualTo(401);
      return false;
    }
  }

  private static void isPending(Http http, String key) {
    assertThat(
            http.kms("describe-key", Map.of("key_id", key))
                .ok()
                .json()
                .at("/key_info/key_state")
                .asText())
        .isEqualTo(KeyModel.PENDING_DELETION);
  }
}
