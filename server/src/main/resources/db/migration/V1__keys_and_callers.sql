-- One text for SQLite and PostgreSQL. Times are milliseconds since 1970 (UTC), flags 0 or 1, ids as on the wire.

-- Key-encryption keys, wrapped under the root key, and the seal's check value. A row is overwritten in place and never
-- deleted, see cmk_material.
CREATE TABLE kek (
  scope   ${text}    NOT NULL,
  version INTEGER NOT NULL,
  wrapped ${blob} NOT NULL,
  PRIMARY KEY (scope, version)
);

CREATE TABLE cmk (
  id                 ${text}    NOT NULL PRIMARY KEY,
  project_id         ${text}    NOT NULL,
  domain_id          ${text}    NOT NULL,
  name               ${text}    NOT NULL,
  spec               ${text}    NOT NULL,
  key_usage          ${text}    NOT NULL,
  origin             ${text}    NOT NULL,
  state              ${text}    NOT NULL, -- the API's number
  delete_at          BIGINT,           -- exactly when pending deletion
  description        ${text}    NOT NULL,
  created_at         BIGINT  NOT NULL,
  enterprise_project ${text}    NOT NULL,
  keystore           ${text}    NOT NULL,
  default_key        INTEGER NOT NULL,
  current_version    INTEGER NOT NULL,
  rotation_days      INTEGER,          -- these two exactly while automatic rotation is on
  rotation_next      BIGINT,
  rotated_at         BIGINT,
  import_versions    ${blob},          -- from the first import on, see key.ImportedMaterial
  import_expires_at  BIGINT,           -- while material is present that is to expire: the first of its times
  region_role        ${text},             -- these from when the key got a replica, or is one
  region_primary     ${text},
  region_epoch       BIGINT,
  region_replicas    ${text},             -- region/project/has/uses, with commas between
  region_staged      INTEGER,          -- a version that waits for replicas
  region_work        INTEGER NOT NULL, -- whether other regions have yet to learn something
  revision           BIGINT  NOT NULL,
  mac                ${blob} NOT NULL
);

-- A domain's own names are unique; each project has default keys of its own, whose names nobody else can take.
CREATE UNIQUE INDEX cmk_by_name         ON cmk (domain_id, name)  WHERE default_key = 0;
CREATE UNIQUE INDEX cmk_by_default_name ON cmk (project_id, name) WHERE default_key = 1;

-- One for each way of listing: what is looked for, then the order of the listing, then what else a listing may ask for, so
-- that what it skips is skipped in the index.
CREATE INDEX cmk_by_age        ON cmk (project_id, created_at, id, enterprise_project);
CREATE INDEX cmk_by_spec       ON cmk (project_id, spec, created_at, id, enterprise_project);
CREATE INDEX cmk_by_state      ON cmk (project_id, state, created_at, id, enterprise_project);
CREATE INDEX cmk_by_both       ON cmk (project_id, spec, state, created_at, id, enterprise_project);
CREATE INDEX cmk_by_enterprise ON cmk (project_id, enterprise_project, created_at, id, spec, state)
  WHERE enterprise_project <> '0';

-- What housekeeping looks for once a second: its rows are those with something to be done one day.
CREATE INDEX cmk_by_deletion  ON cmk (delete_at, id) WHERE delete_at IS NOT NULL;
CREATE INDEX cmk_by_rotation  ON cmk (rotation_next, id) WHERE rotation_next IS NOT NULL AND state = '2';
CREATE INDEX cmk_by_work      ON cmk (id) WHERE region_work = 1;
CREATE INDEX cmk_by_expiry    ON cmk (import_expires_at, id) WHERE import_expires_at IS NOT NULL;

-- How many custom keys a project has, so that the quota costs one row.
CREATE TABLE project_keys (
  project_id  ${text}   NOT NULL PRIMARY KEY,
  custom_keys BIGINT NOT NULL
);

-- How many keys of each kind a project has, custom or not, so that a listing need not count them.
CREATE TABLE key_count (
  project_id         ${text} NOT NULL,
  spec               ${text} NOT NULL,
  state              ${text} NOT NULL,
  enterprise_project ${text} NOT NULL,
  total              BIGINT  NOT NULL,
  PRIMARY KEY (project_id, spec, state, enterprise_project)
);

-- Key material, wrapped under the project's KEK. Rows are appended, overwritten with zeros of the same length when the
-- key is destroyed or its imported material deleted, and never deleted: SQLite leaves copies of the neighbours of a deleted row behind when it merges
-- pages, secure_delete or not, and these copies would outlive their keys. Hence no reference to cmk either.
CREATE TABLE cmk_material (
  key_id     ${text}    NOT NULL,
  version    INTEGER NOT NULL,
  wrapped    ${blob} NOT NULL,
  created_at BIGINT  NOT NULL,
  PRIMARY KEY (key_id, version)
);

-- Each row of an identity is under a MAC of the instance.
CREATE TABLE iam_domain (
  id   ${text} NOT NULL PRIMARY KEY,
  name ${text} NOT NULL UNIQUE,
  mac  ${blob} NOT NULL
);

CREATE TABLE iam_project (
  id        ${text} NOT NULL PRIMARY KEY,
  domain_id ${text} NOT NULL REFERENCES iam_domain (id),
  name      ${text} NOT NULL,
  mac       ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam_user (
  id               ${text}    NOT NULL PRIMARY KEY,
  domain_id        ${text}    NOT NULL REFERENCES iam_domain (id),
  name             ${text}    NOT NULL,
  password         ${text}    NOT NULL, -- an Argon2id hash
  credential_epoch BIGINT  NOT NULL,
  enabled          INTEGER NOT NULL,
  mac              ${blob} NOT NULL,
  UNIQUE (domain_id, name)
);

CREATE TABLE iam_access_key (
  id             ${text}    NOT NULL PRIMARY KEY,
  user_id        ${text}    NOT NULL REFERENCES iam_user (id),
  wrapped_secret ${blob} NOT NULL,
  enabled        INTEGER NOT NULL,
  created_at     BIGINT  NOT NULL,
  description    ${text}    NOT NULL,
  mac            ${blob} NOT NULL
);

CREATE INDEX iam_access_key_by_user ON iam_access_key (user_id);
