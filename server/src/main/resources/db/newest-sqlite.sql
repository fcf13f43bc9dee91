-- Made by NewestSchemaTest of the files in migration/.

CREATE TABLE "flyway_schema_history" (
    "installed_rank" INT NOT NULL PRIMARY KEY,
    "version" VARCHAR(50),
    "description" VARCHAR(200) NOT NULL,
    "type" VARCHAR(20) NOT NULL,
    "script" VARCHAR(1000) NOT NULL,
    "checksum" INT,
    "installed_by" VARCHAR(100) NOT NULL,
    "installed_on" TEXT NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f','now')),
    "execution_time" INT NOT NULL,
    "success" BOOLEAN NOT NULL
);
CREATE INDEX "flyway_schema_history_s_idx" ON "flyway_schema_history" ("success");
CREATE TABLE kek (
  scope   TEXT    NOT NULL,
  version INTEGER NOT NULL,
  wrapped BLOB NOT NULL,
  PRIMARY KEY (scope, version)
);
CREATE TABLE cmk (
  id                 TEXT    NOT NULL PRIMARY KEY,
  project_id         TEXT    NOT NULL,
  domain_id          TEXT    NOT NULL,
  name               TEXT    NOT NULL,
  spec               TEXT    NOT NULL,
  key_usage          TEXT    NOT NULL,
  origin             TEXT    NOT NULL,
  state              TEXT    NOT NULL, -- the API's number
  delete_at          BIGINT,           -- exactly when pending deletion
  description        TEXT    NOT NULL,
  created_at         BIGINT  NOT NULL,
  enterprise_project TEXT    NOT NULL,
  keystore           TEXT    NOT NULL,
  default_key        INTEGER NOT NULL,
  current_version    INTEGER NOT NULL,
  rotation_days      INTEGER,          -- these two exactly while automatic rotation is on
  rotation_next      BIGINT,
  rotated_at         BIGINT,
  import_versions    BLOB,          -- from the first import on, see key.ImportedMaterial
  import_expires_at  BIGINT,           -- while material is present that is to expire: the first of its times
  region_role        TEXT,             -- these from when the key got a replica, or is one
  region_primary     TEXT,
  region_epoch       BIGINT,
  region_replicas    TEXT,             -- region/project/has/uses, with commas between
  region_staged      INTEGER,          -- a version that waits for replicas
  region_work        INTEGER NOT NULL, -- whether other regions have yet to learn something
  revision           BIGINT  NOT NULL,
  mac                BLOB NOT NULL
);
CREATE UNIQUE INDEX cmk_by_name         ON cmk (domain_id, name)  WHERE default_key = 0;
CREATE UNIQUE INDEX cmk_by_default_name ON cmk (project_id, name) WHERE default_key = 1;
CREATE INDEX cmk_by_age        ON cmk (project_id, created_at, id, enterprise_project);
CREATE INDEX cmk_by_spec       ON cmk (project_id, spec, created_at, id, enterprise_project);
CREATE INDEX cmk_by_state      ON cmk (project_id, state, created_at, id, enterprise_project);
CREATE INDEX cmk_by_both       ON cmk (project_id, spec, state, created_at, id, enterprise_project);
CREATE INDEX cmk_by_enterprise ON cmk (project_id, enterprise_project, created_at, id, spec, state)
  WHERE enterprise_project <> '0';
CREATE INDEX cmk_by_deletion  ON cmk (delete_at, id) WHERE delete_at IS NOT NULL;
CREATE INDEX cmk_by_rotation  ON cmk (rotation_next, id) WHERE rotation_next IS NOT NULL AND state = '2';
CREATE INDEX cmk_by_work      ON cmk (id) WHERE region_work = 1;
CREATE INDEX cmk_by_expiry    ON cmk (import_expires_at, id) WHERE import_expires_at IS NOT NULL;
CREATE TABLE project_keys (
  project_id  TEXT   NOT NULL PRIMARY KEY,
  custom_keys BIGINT NOT NULL
);
CREATE TABLE key_count (
  project_id         TEXT NOT NULL,
  spec               TEXT NOT NULL,
  state              TEXT NOT NULL,
  enterprise_project TEXT NOT NULL,
  total              BIGINT  NOT NULL,
  PRIMARY KEY (project_id, spec, state, enterprise_project)
);
CREATE TABLE cmk_material (
  key_id     TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  wrapped    BLOB NOT NULL,
  created_at BIGINT  NOT NULL,
  PRIMARY KEY (key_id, version)
);
CREATE TABLE iam_domain (
  id   TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  mac  BLOB NOT NULL
);
CREATE TABLE iam_project (
  id        TEXT NOT NULL PRIMARY KEY,
  domain_id TEXT NOT NULL REFERENCES iam_domain (id),
  name      TEXT NOT NULL,
  mac       BLOB NOT NULL,
  UNIQUE (domain_id, name)
);
CREATE TABLE iam_user (
  id               TEXT    NOT NULL PRIMARY KEY,
  domain_id        TEXT    NOT NULL REFERENCES iam_domain (id),
  name             TEXT    NOT NULL,
  password         TEXT    NOT NULL, -- an Argon2id hash
  credential_epoch BIGINT  NOT NULL,
  enabled          INTEGER NOT NULL,
  mac              BLOB NOT NULL,
  UNIQUE (domain_id, name)
);
CREATE TABLE iam_access_key (
  id             TEXT    NOT NULL PRIMARY KEY,
  user_id        TEXT    NOT NULL REFERENCES iam_user (id),
  wrapped_secret BLOB NOT NULL,
  enabled        INTEGER NOT NULL,
  created_at     BIGINT  NOT NULL,
  description    TEXT    NOT NULL,
  mac            BLOB NOT NULL
);
CREATE INDEX iam_access_key_by_user ON iam_access_key (user_id);
CREATE TABLE cmk_alias (
  domain_id  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  project_id TEXT    NOT NULL,
  key_id     TEXT    NOT NULL,
  created_at BIGINT  NOT NULL,
  updated_at BIGINT  NOT NULL,
  mac        BLOB NOT NULL,
  PRIMARY KEY (domain_id, name)
);
CREATE INDEX cmk_alias_by_project ON cmk_alias (project_id, name);
CREATE INDEX cmk_alias_by_key     ON cmk_alias (key_id, name);
CREATE TABLE cmk_tag (
  key_id     TEXT NOT NULL,
  name       TEXT NOT NULL,
  tag_value  TEXT NOT NULL,
  project_id TEXT NOT NULL,
  PRIMARY KEY (key_id, name)
);
CREATE INDEX cmk_tag_by_project ON cmk_tag (project_id, name, tag_value);
CREATE TABLE cmk_grant (
  id                TEXT    NOT NULL PRIMARY KEY,
  key_id            TEXT    NOT NULL,
  project_id        TEXT    NOT NULL, -- the key's
  name              TEXT    NOT NULL, -- empty for none
  grantee_type      TEXT    NOT NULL, -- user or domain
  grantee           TEXT    NOT NULL,
  operations        TEXT    NOT NULL, -- as on the wire, in alphabetical order, with commas between
  issuer            TEXT    NOT NULL, -- a user's id
  retiring          TEXT    NOT NULL, -- empty for none
  created_at        BIGINT  NOT NULL,
  mac               BLOB NOT NULL
);
CREATE INDEX cmk_grant_by_key      ON cmk_grant (key_id, created_at, id);
CREATE INDEX cmk_grant_by_project  ON cmk_grant (project_id, key_id);
CREATE INDEX cmk_grant_by_grantee  ON cmk_grant (grantee, key_id);
CREATE INDEX cmk_grant_by_issuer   ON cmk_grant (issuer);
CREATE INDEX cmk_grant_by_retiring ON cmk_grant (retiring);
CREATE TABLE keystore (
  id         TEXT    NOT NULL PRIMARY KEY,
  domain_id  TEXT    NOT NULL,
  name       TEXT    NOT NULL,
  cluster    TEXT    NOT NULL,
  enabled    INTEGER NOT NULL,
  created_at BIGINT  NOT NULL,
  kek        BLOB NOT NULL, -- wrapped inside the HSM
  mac        BLOB NOT NULL,
  UNIQUE (domain_id, name)
);
CREATE INDEX keystore_by_age ON keystore (domain_id, created_at, id);
CREATE INDEX cmk_by_keystore ON cmk (keystore) WHERE keystore <> '0';
CREATE TABLE change_position (
  value BIGINT NOT NULL
);
CREATE TABLE change_feed (
  position BIGINT NOT NULL PRIMARY KEY,
  kind     TEXT   NOT NULL,
  id       TEXT   NOT NULL,
  at       BIGINT NOT NULL, -- by the database's clock
  node     TEXT   NOT NULL
);
CREATE TABLE lease (
  name   TEXT   NOT NULL PRIMARY KEY,
  holder TEXT   NOT NULL,
  until  BIGINT NOT NULL
);
CREATE TABLE audit_event (
  id          TEXT   NOT NULL PRIMARY KEY, -- the request's
  recorded_at BIGINT NOT NULL,             -- milliseconds, also in the record
  record      TEXT   NOT NULL              -- JSON, as in a segment
);
CREATE INDEX audit_event_by_time ON audit_event (recorded_at, id);
CREATE TABLE store_identity (
  id      TEXT NOT NULL, -- random, 32 hexadecimal digits; empty until the first start
  commits BIGINT  NOT NULL
);
INSERT INTO flyway_schema_history VALUES (1, '1', 'keys and callers', 'SQL', 'V1__keys_and_callers.sql', 1690627390, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO flyway_schema_history VALUES (2, '2', 'aliases tags grants', 'SQL', 'V2__aliases_tags_grants.sql', -549673734, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO flyway_schema_history VALUES (3, '3', 'keystores', 'SQL', 'V3__keystores.sql', -1979906111, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO flyway_schema_history VALUES (4, '5', 'change feed', 'SQL', 'V5__change_feed.sql', 566949035, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO flyway_schema_history VALUES (5, '6', 'audit', 'SQL', 'V6__audit.sql', 2121221791, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO flyway_schema_history VALUES (6, '7', 'store identity', 'SQL', 'V7__store_identity.sql', 283253482, '', strftime('%Y-%m-%d %H:%M:%f', 'now'), 0, 1);
INSERT INTO change_position VALUES (0);
INSERT INTO change_feed VALUES (0, 'KEY', '00000000-0000-0000-0000-000000000000', 0, '');
INSERT INTO store_identity VALUES ('', 0);
