-- Which store this is, and how often it has changed: what an old copy of it is told by (docs/backup.md).

-- One row. A store that only one process has counts its transactions here; a shared one counts in change_position what
-- its nodes tell each other, so that transactions do not queue up at this row.
CREATE TABLE store_identity (
  id      ${text} NOT NULL, -- random, 32 hexadecimal digits; empty until the first start
  commits BIGINT  NOT NULL
);

INSERT INTO store_identity (id, commits) VALUES ('', 0);
