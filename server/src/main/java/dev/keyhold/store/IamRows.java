package dev.keyhold.store;

import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.sql.SQLException;
import java.time.Instant;

/// Makes identities of their rows, each checked against its MAC.
record IamRows(IdentityMac mac) {
  Domain domain(Row row) throws SQLException {
    return mac.checked(new Domain(new DomainId(row.text(1)), new Name(row.text(2))), row.bytes(3));
  }

  Project project(Row row) throws SQLException {
    return mac.checked(
        new Project(new ProjectId(row.text(1)), new DomainId(row.text(2)), new Name(row.text(3))),
        row.bytes(4));
  }

  User user(Row row) throws SQLException {
    return mac.checked(
        new User(
            new UserId(row.text(1)),
            new DomainId(row.text(2)),
            new Name(row.text(3)),
            new PasswordHash(row.text(4)),
            row.number(5),
            row.flag(6)),
        row.bytes(7));
  }

  AccessKey accessKey(Row row) throws SQLException {
    return mac.checked(
        new AccessKey(
            new AccessKeyId(row.text(1)),
            new UserId(row.text(2)),
            row.bytes(3),
            row.flag(4),
            Instant.ofEpochMilli(row.number(5)),
            row.text(6)),
        row.bytes(7));
  }
}
