package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.audit.AuditRecords.Committed;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Audit records are read page by page, by the time and the id of the last one.
abstract class AuditRecordsContract extends StoreContract {
  private void insert(long at, String id) {
    transactions()
        .change(session ->
            session.update(
                "INSERT INTO audit_event (id, recorded_at, record) VALUES (?, ?, ?)",
                id,
                at,
                "{}"));
  }

  private List<String> pages(Instant since, int limit) {
    var ids = new ArrayList<String>();
    Instant at = since;
    String id = "";
    List<Committed> page = after(at, id, limit);
    while (!page.isEmpty()) {
      assertThat(page).hasSizeLessThanOrEqualTo(limit);
      page.forEach(record -> ids.add(record.id()));
      at = page.getLast().at();
      id = page.getLast().id();
      page = after(at, id, limit);
    }
    return ids;
  }

  private List<Committed> after(Instant at, String id, int limit) {
    return transactions().query(session -> SqlAuditRecords.after(session, at, id, limit));
  }

  @Test
  void eachRecordIsOnOnePageByTimeAndThenById() {
    insert(2, "c");
    insert(2, "a");
    insert(2, "b");
    insert(1, "z");
    insert(3, "B"); // byte by byte, on either database
    insert(3, "d");
    for (int limit = 1; limit <= 7; limit++) {
      assertThat(pages(Instant.EPOCH, limit)).containsExactly("z", "a", "b", "c", "B", "d");
    }
    assertThat(pages(Instant.ofEpochMilli(2), 2)).containsExactly("a", "b", "c", "B", "d");
    assertThat(pages(Instant.ofEpochMilli(4), 2)).isEmpty();
  }
}
