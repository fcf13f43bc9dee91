-- The records of changes, each committed with the change it tells of. Those of calls that change
-- nothing are in the segment files (docs/audit-format.md).

CREATE TABLE audit_event (
  id          ${text}   NOT NULL PRIMARY KEY, -- the request's
  recorded_at BIGINT NOT NULL,             -- milliseconds, also in the record
  record      ${text}   NOT NULL              -- JSON, as in a segment
);

CREATE INDEX audit_event_by_time ON audit_event (recorded_at, id);
