package dev.keyhold.store;

import dev.keyhold.error.IamError;
import dev.keyhold.feed.Change;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;

/// Identity in the tables `iam_domain`, `iam_project`, `iam_user` and `iam_access_key`.
public final class SqlIamRepository implements IamRepository {
  private static final String DOMAIN = "SELECT id, name FROM iam_domain ";
  private static final String PROJECT = "SELECT id, domain_id, name FROM iam_project ";
  private static final String USER =
      "SELECT id, domain_id, name, password, credential_epoch, enabled FROM iam_user ";

  private final Database database;

  public SqlIamRepository(Database database) {
    this.database = database;
  }

  @Override
  public boolean isEmpty() {
    return first(row -> row.text(1), "SELECT id FROM iam_domain LIMIT 1").isEmpty();
  }

  @Override
  public Optional<Domain> domain(DomainId id) {
    return first(SqlIamRepository::domain, DOMAIN + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<Domain> domain(Name name) {
    return first(SqlIamRepository::domain, DOMAIN + "WHERE name = ?", name.text());
  }

  @Override
  public Optional<Project> project(ProjectId id) {
    return first(SqlIamRepository::project, PROJECT + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<Project> project(DomainId domain, Name name) {
    return first(
        SqlIamRepository::project,
        PROJECT + "WHERE domain_id = ? AND name = ?",
        domain.text(),
        name.text());
  }

  @Override
  public List<Project> projects(DomainId domain) {
    return database.query(session ->
        session.list(
            SqlIamRepository::project,
            PROJECT + "WHERE domain_id = ? ORDER BY name",
            domain.text()));
  }

  @Override
  public Optional<User> user(UserId id) {
    return first(SqlIamRepository::user, USER + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<User> user(DomainId domain, Name name) {
    return first(
        SqlIamRepository::user,
        USER + "WHERE domain_id = ? AND name = ?",
        domain.text(),
        name.text());
  }

  @Override
  public Optional<AccessKey> accessKey(AccessKeyId id) {
    return first(
        SqlIamRepository::accessKey,
        "SELECT id, user_id, wrapped_secret, enabled FROM iam_access_key WHERE id = ?",
        id.text());
  }

  @Override
  public void insert(Domain domain) {
    insertNamed(
        "INSERT INTO iam_domain (id, name) VALUES (?, ?) ON CONFLICT (name) DO NOTHING",
        domain.id().text(),
        domain.name().text());
  }

  @Override
  public void insert(Project project) {
    database.change(session -> {
      insertNamed(
          "INSERT INTO iam_project (id, domain_id, name) VALUES (?, ?, ?)"
              + " ON CONFLICT (domain_id, name) DO NOTHING",
          project.id().text(),
          project.domain().text(),
          project.name().text());
      session.changed(Change.Kind.PROJECTS, project.domain().text());
      return true;
    });
  }

  @Override
  public void insert(User user) {
    insertNamed(
        "INSERT INTO iam_user (id, domain_id, name, password, credential_epoch, enabled)"
            + " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (domain_id, name) DO NOTHING",
        user.id().text(),
        user.domain().text(),
        user.name().text(),
        user.password().text(),
        user.credentialEpoch(),
        user.enabled());
  }

  @Override
  public void insert(AccessKey accessKey) {
    update(
        "INSERT INTO iam_access_key (id, user_id, wrapped_secret, enabled) VALUES (?, ?, ?, ?)",
        accessKey.id().text(),
        accessKey.user().text(),
        accessKey.wrappedSecret(),
        accessKey.enabled());
  }

  @Override
  public boolean updatePassword(UserId user, PasswordHash password) {
    return updateUser(
        user,
        "UPDATE iam_user SET password = ?, credential_epoch = credential_epoch + 1 WHERE id = ?",
        password.text(),
        user.text());
  }

  @Override
  public boolean disableUser(UserId user) {
    return updateUser(
        user,
        "UPDATE iam_user SET enabled = 0, credential_epoch = credential_epoch + 1 WHERE id = ?",
        user.text());
  }

  private boolean updateUser(UserId user, String sql, Object... parameters) {
    return database.change(session -> {
      session.changed(Change.Kind.USER, user.text());
      return session.update(sql, parameters) == 1;
    });
  }

  @Override
  public boolean disableAccessKey(AccessKeyId id) {
    return database.change(session -> {
      Optional<String> user =
          session.first(
              row -> row.text(1),
              "UPDATE iam_access_key SET enabled = 0 WHERE id = ? RETURNING user_id",
              id.text());
      user.ifPresent(owner -> {
        session.update(
            "UPDATE iam_user SET credential_epoch = credential_epoch + 1 WHERE id = ?", owner);
        session.changed(Change.Kind.ACCESS_KEY, id.text());
        session.changed(Change.Kind.USER, owner);
      });
      return user.isPresent();
    });
  }

  private <T> Optional<T> first(Row.Mapper<T> mapper, String sql, Object... parameters) {
    return database.query(session -> session.first(mapper, sql, parameters));
  }

  private int update(String sql, Object... parameters) {
    return database.change(session -> session.update(sql, parameters));
  }

  private void insertNamed(String sql, Object... parameters) {
    if (update(sql, parameters) == 0) {
      throw IamError.CONFLICT.rejected();
    }
  }

  private static Domain domain(Row row) throws SQLException {
    return new Domain(new DomainId(row.text(1)), new Name(row.text(2)));
  }

  private static Project project(Row row) throws SQLException {
    return new Project(
        new ProjectId(row.text(1)), new DomainId(row.text(2)), new Name(row.text(3)));
  }

  private static User user(Row row) throws SQLException {
    return new User(
        new UserId(row.text(1)),
        new DomainId(row.text(2)),
        new Name(row.text(3)),
        new PasswordHash(row.text(4)),
        row.number(5),
        row.flag(6));
  }

  private static AccessKey accessKey(Row row) throws SQLException {
    return new AccessKey(
        new AccessKeyId(row.text(1)), new UserId(row.text(2)), row.bytes(3), row.flag(4));
  }
}
