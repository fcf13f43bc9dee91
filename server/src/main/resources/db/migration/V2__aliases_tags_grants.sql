-- What belongs to a key beside its material; removed with it. Times and ids as in V1.

CREATE TABLE cmk_alias (
  domain_id  ${text}    NOT NULL,
  name       ${text}    NOT NULL,
  project_id ${text}    NOT NULL,
  key_id     ${text}    NOT NULL,
  created_at BIGINT  NOT NULL,
  updated_at BIGINT  NOT NULL,
  mac        ${blob} NOT NULL,
  PRIMARY KEY (domain_id, name)
);

CREATE INDEX cmk_alias_by_project ON cmk_alias (project_id, name);
CREATE INDEX cmk_alias_by_key     ON cmk_alias (key_id, name);

CREATE TABLE cmk_tag (
  key_id     ${text} NOT NULL,
  name       ${text} NOT NULL,
  tag_value  ${text} NOT NULL,
  project_id ${text} NOT NULL,
  PRIMARY KEY (key_id, name)
);

CREATE INDEX cmk_tag_by_project ON cmk_tag (project_id, name, tag_value);

CREATE TABLE cmk_grant (
  id                ${text}    NOT NULL PRIMARY KEY,
  key_id            ${text}    NOT NULL,
  project_id        ${text}    NOT NULL, -- the key's
  name              ${text}    NOT NULL, -- empty for none
  grantee_type      ${text}    NOT NULL, -- user or domain
  grantee           ${text}    NOT NULL,
  operations        ${text}    NOT NULL, -- as on the wire, in alphabetical order, with commas between
  issuer            ${text}    NOT NULL, -- a user's id
  retiring          ${text}    NOT NULL, -- empty for none
  created_at        BIGINT  NOT NULL,
  mac               ${blob} NOT NULL
);

CREATE INDEX cmk_grant_by_key      ON cmk_grant (key_id, created_at, id);
CREATE INDEX cmk_grant_by_project  ON cmk_grant (project_id, key_id);
CREATE INDEX cmk_grant_by_grantee  ON cmk_grant (grantee, key_id);
CREATE INDEX cmk_grant_by_issuer   ON cmk_grant (issuer);
CREATE INDEX cmk_grant_by_retiring ON cmk_grant (retiring);
