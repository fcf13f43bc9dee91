package dev.keyhold.store;

import dev.keyhold.error.KmsError;
import dev.keyhold.feed.Change;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.KeystoreRepository;
import dev.keyhold.key.StoredKeystore;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Dedicated keystores in the table `keystore`.
public final class SqlKeystoreRepository implements KeystoreRepository {
  static final String COLUMNS = "id, domain_id, name, cluster, enabled, created_at, kek, mac";

  private final Database database;

  public SqlKeystoreRepository(Database database) {
    this.database = database;
  }

  @Override
  public Optional<StoredKeystore> find(KeystoreId id) {
    return database.query(session ->
        session.first(
            SqlKeystoreRepository::keystore,
            "SELECT " + COLUMNS + " FROM keystore WHERE id = ?",
            id.text()));
  }

  @Override
  public void requireRoom(DomainId domain, AliasName name, int most) {
    database.query(session -> {
      boolean isTaken =
          session
              .first(
                  _ -> true,
                  "SELECT 1 FROM keystore WHERE domain_id = ? AND name = ?",
                  domain.text(),
                  name.text())
              .isPresent();
      if (isTaken) {
        throw KmsError.KEYSTORE_NAME_IN_USE.rejected();
      }
      requireFewer(session, domain, most);
      return true;
    });
  }

  private static void requireFewer(Session session, DomainId domain, int most) {
    if (count(session, domain) >= most) {
      throw KmsError.INVALID_PARAMETER.rejected("A domain has at most " + most + " keystores.");
    }
  }

  @Override
  public void insert(StoredKeystore stored, int most) {
    Keystore keystore = stored.keystore();
    int inserted =
        database.change(session -> {
          // So that others who make one wait until this one counts.
          session.hold("UPDATE iam_domain SET id = id WHERE id = ?", keystore.domain().text());
          requireFewer(session, keystore.domain(), most);
          return insert(session, stored);
        });
    if (inserted == 0) {
      throw KmsError.KEYSTORE_NAME_IN_USE.rejected();
    }
  }

  private static int insert(Session session, StoredKeystore stored) {
    Keystore keystore = stored.keystore();
    return session.update(
        "INSERT INTO keystore ("
            + COLUMNS
            + ") VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            + " ON CONFLICT (domain_id, name) DO NOTHING",
        keystore.id().text(),
        keystore.domain().text(),
        keystore.name().text(),
        keystore.cluster(),
        keystore.enabled(),
        CmkRow.millis(keystore.createdAt()),
        keystore.kek(),
        stored.mac());
  }

  @Override
  public boolean replace(StoredKeystore stored) {
    return database
        .change(session -> {
          session.changed(Change.Kind.KEYSTORE, stored.keystore().id().text());
          return session.update(
              "UPDATE keystore SET enabled = ?, mac = ? WHERE id = ?",
              stored.keystore().enabled(),
              stored.mac(),
              stored.keystore().id().text());
        })
        .equals(1);
  }

  @Override
  public boolean hold(KeystoreId id) {
    return database.change(session -> hold(session, id)).equals(1);
  }

  private static int hold(Session session, KeystoreId id) {
    return session.hold("UPDATE keystore SET id = id WHERE id = ?", id.text());
  }

  @Override
  public boolean deleteEmpty(KeystoreId id) {
    return database.change(session -> {
      session.changed(Change.Kind.KEYSTORE, id.text());
      // Whoever makes a key in it holds it first, so none can come between the two statements.
      hold(session, id);
      return session.update(
              "DELETE FROM keystore WHERE id = ?"
                  + " AND NOT EXISTS (SELECT 1 FROM cmk WHERE keystore <> '0' AND keystore = ?)",
              id.text(),
              id.text())
          == 1;
    });
  }

  @Override
  public List<StoredKeystore> page(DomainId domain, long offset, int limit) {
    return database.query(session ->
        session.listSound(
            SqlKeystoreRepository::keystore,
            "SELECT "
                + COLUMNS
                + " FROM keystore WHERE domain_id = ? ORDER BY created_at, id LIMIT ? OFFSET ?",
            domain.text(),
            limit,
            offset));
  }

  @Override
  public long count(DomainId domain) {
    return database.query(session -> count(session, domain));
  }

  private static long count(Session session, DomainId domain) {
    return session
        .first(
            row -> row.number(1),
            "SELECT COUNT(*) FROM keystore WHERE domain_id = ?",
            domain.text())
        .orElseThrow();
  }

  static StoredKeystore keystore(Row row) throws SQLException {
    var keystore =
        new Keystore(
            new KeystoreId(row.text(1)),
            new DomainId(row.text(2)),
            new AliasName(row.text(3)),
            row.text(4),
            row.flag(5),
            Instant.ofEpochMilli(row.number(6)),
            row.bytes(7));
    return new StoredKeystore(keystore, row.bytes(8));
  }
}
