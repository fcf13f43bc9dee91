package dev.keyhold.http;

import static dev.keyhold.http.TestEdge.KMS_TEMPLATE;
import static dev.keyhold.http.TestEdge.SECONDS_5;
import static dev.keyhold.http.TestEdge.kms;
import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.audit.AuditLog;
import dev.keyhold.audit.AuditScope;
import dev.keyhold.audit.AuditSync;
import dev.keyhold.audit.AuditTrail;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What is on record of a call.
@Timeout(60)
class RecordedCallTest {
  @TempDir private Path temporary;

  private static Route route(RunsOn where, Endpoint endpoint) {
    return Route.post(KMS_TEMPLATE + "try", Access.CALLER, 100, SECONDS_5, where, endpoint);
  }

  /// Calls once.
  private String recordOf(Route route, int status) throws IOException {
    Path folder = temporary.resolve("audit");
    try (var log = AuditLog.open(folder, AuditSync.GROUP, InstantSource.system());
        var edge = TestEdge.recording(log, route)) {
      assertThat(edge.ask(kms("try", "{}")).status()).isEqualTo(status);
    }
    List<String> records = new ArrayList<>();
    new AuditTrail(Optional.empty(), List.of(folder))
        .read(
            Instant.EPOCH,
            (_, record) -> records.add(record),
            damage -> records.add(damage.toString()));
    assertThat(records).hasSize(1);
    return records.getFirst();
  }

  @Test
  void whatIsNotTheCallersFaultIsAFailureHoweverItIsTold() throws IOException {
    Route busy =
        route(
            RunsOn.VIRTUAL_THREAD,
            _ -> {
              throw KmsError.SERVICE_UNAVAILABLE.rejected("Others are at it.");
            });
    assertThat(recordOf(busy, 503))
        .contains("\"outcome\":\"failed\",\"status\":503,\"error\":\"KMS.0104\"");
  }

  /// An alias may be moved between two runs.
  @Test
  void theKeyOfACallThatIsRunAgainIsThatOfItsLastRun() throws IOException {
    var runs = new AtomicInteger();
    Route moved =
        route(
            RunsOn.EVENT_LOOP,
            _ -> {
              AuditScope.key("key-" + runs.incrementAndGet());
              Blocking.ahead();
              AuditScope.key("another");
              return Answer.empty(204);
            });
    assertThat(recordOf(moved, 204)).contains("\"key_id\":\"key-2\"");
    assertThat(runs).hasValue(2);
  }
}
