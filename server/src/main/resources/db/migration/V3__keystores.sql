-- Dedicated keystores: the keys in them open with a key inside an HSM. Times and ids as in V1.

CREATE TABLE keystore (
  id         TEXT    NOT NULL PRIMARY KEY,
  domain_id  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  cluster    TEXT    NOT NULL,
  enabled    INTEGER NOT NULL,
  created_at BIGINT  NOT NULL,
  kek        ${blob} NOT NULL, -- wrapped inside the HSM
  mac        ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE INDEX keystore_by_age ON keystore (domain_id, created_at, id);
CREATE INDEX cmk_by_keystore ON cmk (keystore) WHERE keystore <> '0';
