-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 (UTC), flags 0 or 1, ids as on the wire.

-- Key-encryption keys, wrapped under the root key, and the seal's check value. A row is overwritten in place and never
-- deleted, see cmk_material.
CREATE TABLE kek (
  scope   TEXT    NOT NULL,
  version INTEGER NOT NULL,
  wrapped ${blob} NOT NULL,
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
  import_versions    ${blob},          -- from the first import on, see key.ImportedMaterial
  import_expires_at  BIGINT,           -- while material is present that is to expire: the first of its times
  region_role        TEXT,             -- these from when the key got a replica, or is one
  region_primary     TEXT,
  region_epoch       BIGINT,
  region_replicas    TEXT,             -- region/project/has/uses, with commas between
  region_staged      INTEGER,          -- a version that waits for replicas
  region_work        INTEGER NOT NULL, -- whether other regions have yet to learn something
  revision           BIGINT  NOT NULL,
  mac                ${blob} NOT NULL
);

-- A domain's own names are unique; each project has default keys of its own, whose names nobody else can take.
CREATE UNIQUE INDEX cmk_by_name         ON cmk (domain_id, name)  WHERE default_key = 0;
CREATE UNIQUE INDEX cmk_by_default_name ON cmk (project_id, name) WHERE default_key = 1;

CREATE INDEX cmk_by_age       ON cmk (project_id, created_at, id);
CREATE INDEX cmk_by_spec      ON cmk (project_id, spec, created_at, id);
CREATE INDEX cmk_by_state     ON cmk (project_id, state, created_at, id);
CREATE INDEX cmk_by_deletion  ON cmk (delete_at) WHERE delete_at IS NOT NULL;
CREATE INDEX cmk_by_rotation  ON cmk (rotation_next) WHERE rotation_next IS NOT NULL AND state = '2';
CREATE INDEX cmk_by_work      ON cmk (id) WHERE region_work = 1;
CREATE INDEX cmk_by_expiry    ON cmk (import_expires_at) WHERE import_expires_at IS NOT NULL;

-- How many custom keys a project has, so that the quota costs one row.
CREATE TABLE project_keys (
  project_id  TEXT   NOT NULL PRIMARY KEY,
  custom_keys BIGINT NOT NULL
);

-- Key material, wrapped under the project's KEK. Rows are appended, overwritten with zeros of the same length when the
-- key is destroyed or its imported material deleted, and never deleted: SQLite leaves copies of the neighbours of a deleted row behind when it merges
-- pages, secure_delete or not, and these copies would outlive their keys. Hence no reference to cmk either.
CREATE TABLE cmk_material (
  key_id     TEXT    NOT NULL,
  version    INTEGER NOT NULL,
  wrapped    ${blob} NOT NULL,
  created_at BIGINT  NOT NULL,
  PRIMARY KEY (key_id, version)
);

-- Each row of an identity is under a MAC of the instance.
CREATE TABLE iam_domain (
  id   TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  mac  ${blob} NOT NULL
);

CREATE TABLE iam_project (
  id        TEXT NOT NULL PRIMARY KEY,
  domain_id TEXT NOT NULL REFERENCES iam_domain (id),
  name      TEXT NOT NULL,
  mac       ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam_user (
  id               TEXT    NOT NULL PRIMARY KEY,
  domain_id        TEXT    NOT NULL REFERENCES iam_domain (id),
  name             TEXT    NOT NULL,
  password         TEXT    NOT NULL, -- an Argon2id hash
  credential_epoch BIGINT  NOT NULL,
  enabled          INTEGER NOT NULL,
  mac              ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam_access_key (
  id             TEXT    NOT NULL PRIMARY KEY,
  user_id        TEXT    NOT NULL REFERENCES iam_user (id),
  wrapped_secret ${blob} NOT NULL,
  enabled        INTEGER NOT NULL,
  created_at     BIGINT  NOT NULL,
  description    TEXT    NOT NULL,
  mac            ${blob} NOT NULL
);

CREATE INDEX iam_access_key_by_user ON iam_access_key (user_id);
