package dev.keyhold.store;

import dev.keyhold.error.IamError;
import dev.keyhold.feed.Change;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Identity in the tables `iam_domain`, `iam_project`, `iam_user` and `iam_access_key`.
public final class SqlIamRepository implements IamRepository {
  static final String DOMAIN = "SELECT id, name, mac FROM iam_domain ";
  static final String PROJECT = "SELECT id, domain_id, name, mac FROM iam_project ";
  static final String USER =
      "SELECT id, domain_id, name, password, credential_epoch, enabled, mac FROM iam_user ";
  static final String ACCESS_KEY =
      "SELECT id, user_id, wrapped_secret, enabled, created_at, description, mac"
          + " FROM iam_access_key ";

  private final Database database;
  private final IdentityMac mac;
  private final IamRows rows;

  public SqlIamRepository(Database database, IdentityMac mac) {
    this.database = database;
    this.mac = mac;
    this.rows = new IamRows(mac);
  }

  @Override
  public boolean isEmpty() {
    return first(row -> row.text(1), "SELECT id FROM iam_domain LIMIT 1").isEmpty();
  }

  @Override
  public Optional<Domain> domain(DomainId id) {
    return first(rows::domain, DOMAIN + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<Domain> domain(Name name) {
    return first(rows::domain, DOMAIN + "WHERE name = ?", name.text());
  }

  @Override
  public Optional<Project> project(ProjectId id) {
    return first(rows::project, PROJECT + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<Project> project(DomainId domain, Name name) {
    return first(
        rows::project, PROJECT + "WHERE domain_id = ? AND name = ?", domain.text(), name.text());
  }

  @Override
  public List<Project> projects(DomainId domain) {
    return database.query(session ->
        session.listSound(
            rows::project, PROJECT + "WHERE domain_id = ? ORDER BY name", domain.text()));
  }

  @Override
  public Optional<User> user(UserId id) {
    return first(rows::user, USER + "WHERE id = ?", id.text());
  }

  @Override
  public Optional<User> user(DomainId domain, Name name) {
    return first(rows::user, USER + "WHERE domain_id = ? AND name = ?", domain.text(), name.text());
  }

  @Override
  public Optional<AccessKey> accessKey(AccessKeyId id) {
    return first(rows::accessKey, ACCESS_KEY + "WHERE id = ?", id.text());
  }

  @Override
  public List<AccessKey> accessKeys(UserId user) {
    return database.query(session ->
        session.list(
            rows::accessKey,
            ACCESS_KEY + "WHERE user_id = ? ORDER BY created_at, id",
            user.text()));
  }

  @Override
  public void insert(Domain domain) {
    insertNamed(
        "INSERT INTO iam_domain (id, name, mac) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING",
        domain.id().text(),
        domain.name().text(),
        mac.of(domain));
  }

  @Override
  public void insert(Project project) {
    database.change(session -> {
      insertNamed(
          "INSERT INTO iam_project (id, domain_id, name, mac) VALUES (?, ?, ?, ?)"
              + " ON CONFLICT (domain_id, name) DO NOTHING",
          project.id().text(),
          project.domain().text(),
          project.name().text(),
          mac.of(project));
      session.changed(Change.Kind.PROJECTS, project.domain().text());
      return true;
    });
  }

  @Override
  public void insert(User user) {
    insertNamed(
        "INSERT INTO iam_user (id, domain_id, name, password, credential_epoch, enabled, mac)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (domain_id, name) DO NOTHING",
        user.id().text(),
        user.domain().text(),
        user.name().text(),
        user.password().text(),
        user.credentialEpoch(),
        user.enabled(),
        mac.of(user));
  }

  @Override
  public void insert(AccessKey accessKey) {
    update(
        "INSERT INTO iam_access_key"
            + " (id, user_id, wrapped_secret, enabled, created_at, description, mac)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        accessKey.id().text(),
        accessKey.user().text(),
        accessKey.wrappedSecret(),
        accessKey.enabled(),
        accessKey.createdAt().toEpochMilli(),
        accessKey.description(),
        mac.of(accessKey));
  }

  @Override
  public void hold(UserId user) {
    database.change(session -> hold(session, user));
  }

  /// Changes nothing, and so takes no MAC; whoever wants the row too waits here.
  private static int hold(Session session, UserId user) {
    return session.hold("UPDATE iam_user SET enabled = enabled WHERE id = ?", user.text());
  }

  @Override
  public boolean updatePassword(UserId user, PasswordHash password) {
    return database.change(
        session -> changeUser(session, user, known -> known.withPassword(password)));
  }

  @Override
  public boolean disableUser(UserId user) {
    return database.change(session -> changeUser(session, user, User::disabled));
  }

  @Override
  public boolean disableAccessKey(AccessKeyId id) {
    return database.change(session -> {
      Optional<AccessKey> key = held(session, id);
      key.ifPresent(known -> {
        update(session, disabled(known));
        endTokens(session, known.user());
      });
      return key.isPresent();
    });
  }

  @Override
  public boolean update(AccessKey accessKey) {
    return database.change(session -> update(session, accessKey)) == 1;
  }

  @Override
  public boolean deleteAccessKey(AccessKeyId id) {
    return database.change(session -> {
      Optional<AccessKey> key = held(session, id);
      key.ifPresent(known -> {
        session.update("DELETE FROM iam_access_key WHERE id = ?", id.text());
        session.changed(Change.Kind.ACCESS_KEY, id.text());
        endTokens(session, known.user());
      });
      return key.isPresent();
    });
  }

  private Optional<AccessKey> stored(Session session, AccessKeyId id) {
    return session.first(rows::accessKey, ACCESS_KEY + "WHERE id = ?", id.text());
  }

  /// As it is once nobody else can change it. The user is held first, always: two that want both
  /// don't wait for each other.
  private Optional<AccessKey> held(Session session, AccessKeyId id) {
    return stored(session, id)
        .flatMap(seen -> {
          hold(session, seen.user());
          return stored(session, id);
        });
  }

  private int update(Session session, AccessKey key) {
    session.changed(Change.Kind.ACCESS_KEY, key.id().text());
    return session.update(
        "UPDATE iam_access_key SET enabled = ?, description = ?, mac = ? WHERE id = ?",
        key.enabled(),
        key.description(),
        mac.of(key),
        key.id().text());
  }

  private static AccessKey disabled(AccessKey key) {
    return new AccessKey(
        key.id(), key.user(), key.wrappedSecret(), false, key.createdAt(), key.description());
  }

  private void endTokens(Session session, UserId user) {
    changeUser(session, user, known -> known);
  }

  /// Changes the user and adds 1 to their credential epoch. The row is checked before it is signed
  /// anew: an edit must not become genuine that way.
  private boolean changeUser(Session session, UserId id, UnaryOperator<User> change) {
    hold(session, id); // between our look and our change
    session.changed(Change.Kind.USER, id.text());
    Optional<User> known = session.first(rows::user, USER + "WHERE id = ?", id.text());
    known
        .map(change)
        .map(User::ofNextEpoch)
        .ifPresent(user ->
            session.update(
                "UPDATE iam_user SET password = ?, credential_epoch = ?, enabled = ?, mac = ?"
                    + " WHERE id = ?",
                user.password().text(),
                user.credentialEpoch(),
                user.enabled(),
                mac.of(user),
                user.id().text()));
    return known.isPresent();
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
}
