-- For a store that several nodes share: what has changed of that which they hold in memory, in the order of the commits.

-- One row. A transaction that changes something takes its positions here, as the last thing before its commit: the row
-- stays locked until then, so a lower position never turns up after a higher one, as that of a sequence could.
CREATE TABLE change_position (
  value BIGINT NOT NULL
);

CREATE TABLE change_feed (
  position BIGINT NOT NULL PRIMARY KEY,
  kind     ${text}   NOT NULL,
  id       ${text}   NOT NULL,
  at       BIGINT NOT NULL, -- by the database's clock
  node     ${text}   NOT NULL
);

-- There is always an entry at the newest position: whoever does not find the one that they saw last has missed some.
INSERT INTO change_position (value) VALUES (0);
INSERT INTO change_feed (position, kind, id, at, node) VALUES (0, 'KEY', '00000000-0000-0000-0000-000000000000', 0, '');

-- Which node does the work that one node does for all, and until when, by the database's clock.
CREATE TABLE lease (
  name   ${text}   NOT NULL PRIMARY KEY,
  holder ${text}   NOT NULL,
  until  BIGINT NOT NULL
);
