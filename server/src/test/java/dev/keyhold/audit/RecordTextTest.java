package dev.keyhold.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordTextTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00.007Z");
  private static final AuditNode NODE = new AuditNode("node", InstantSource.fixed(NOW));

  private final Random random = new Random(7);

  private String one(String... of) {
    return of[random.nextInt(of.length)];
  }

  /// Entries that are alike in all but a little, so that a text kept for one is tried for another.
  private AuditEntry entry(int number) {
    String id = String.format(Locale.ROOT, "%032x", number);
    AuditEntry entry =
        AuditEntry.ofCall(NODE, id, one("10.0.0.1", "10.0.0.2"), one("sign", "verify"), 200);
    if (random.nextInt(8) > 0) {
      entry.caller(one("d1", "d2"), one("u1", "u2"), one("token", "AK1"));
    }
    entry.project(one("", "p1", "p2"));
    entry.key(one("", "k1", "k2", "k\"3"));
    switch (random.nextInt(4)) {
      case 0 -> entry.ended(Outcome.REFUSED, 400, one("KMS.0209", "KMS.0205"));
      case 1 -> entry.ended(Outcome.FAILED, one("1", "2").equals("1") ? 500 : 503, "APIGW.0106");
      default -> entry.ended(Outcome.ALLOWED, 200, "");
    }
    return entry;
  }

  @Test
  void textOfACallIsTheSameWhateverCameBefore() {
    var text = new RecordText(NODE.id());
    for (int i = 0; i < 20_000; i++) {
      AuditEntry entry = entry(i);

      text.clear();
      text.line(entry, NOW.toEpochMilli());

      String line = new String(text.bytes(), 0, text.length(), StandardCharsets.US_ASCII);
      assertThat(line.substring(9, line.length() - 1))
          .isEqualTo(RecordText.of(entry, NODE.id(), NOW));
      assertThat(RecordText.record(text.bytes(), 0, text.length() - 1))
          .contains(line.substring(9, line.length() - 1));
    }
  }

  @Test
  void linesOfAGroupFollowEachOther() {
    var text = new RecordText(NODE.id());
    for (AuditEntry entry : List.of(entry(1), entry(2))) {
      text.line(entry, NOW.toEpochMilli());
    }

    String both = new String(text.bytes(), 0, text.length(), StandardCharsets.US_ASCII);
    assertThat(both.lines()).hasSize(2);
    assertThat(both).endsWith("\n");
  }
}
