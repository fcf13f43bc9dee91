-- Dedicated keystores: the keys in them open with a key inside an HSM. Times and ids as in V1.

CREATE TABLE keystore (
  id         ${text}    NOT NULL PRIMARY KEY,
  domain_id  ${text}    NOT NULL,
  name       ${text}    NOT NULL,
  cluster    ${text}    NOT NULL,
  enabled    INTEGER NOT NULL,
  created_at BIGINT  NOT NULL,
  kek        ${blob} NOT NULL, -- wrapped inside the HSM
  mac        ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE INDEX keystore_by_age ON keystore (domain_id, created_at, id);
CREATE INDEX cmk_by_keystore ON cmk (keystore) WHERE keystore <> '0';
