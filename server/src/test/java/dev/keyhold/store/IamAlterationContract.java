package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.AlteredIdentityException;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.key.DomainId;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Rows of identities that were edited by hand are refused, whatever the database.
abstract class IamAlterationContract extends IamContract {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE iam_domain SET name = 'renamed' WHERE name = 'acme'",
        "UPDATE iam_domain SET mac = x'00' WHERE name = 'acme'",
        "UPDATE iam_domain SET mac = (SELECT mac FROM iam_domain WHERE name = 'Acme')"
            + " WHERE name = 'acme'",
      })
  void editedDomainIsRefused(String edit) {
    edit(edit);
    assertAltered(() -> iam().domain(domain.id()));
    assertThat(iam().domain(other.id())).contains(other);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE iam_project SET id = 'ffffffffffffffffffffffffffffffff' WHERE name = 'p'",
        "UPDATE iam_project SET name = 'renamed' WHERE name = 'p'",
        "UPDATE iam_project SET mac = x'00' WHERE name = 'p'",
      })
  void editedProjectIsRefusedAndHidesNoOther(String edit) {
    iam().insert(project(domain, "p"));
    Project sound = project(domain, "sound");
    iam().insert(sound);
    edit(edit);
    assertThat(iam().projects(domain.id())).containsExactly(sound);
  }

  /// Of the tables as they are, so that a new column is in the list.
  @Test
  void noColumnOfAnIdentityCanBeEdited() {
    iam().insert(user);
    isNoticedInEachColumn("iam_domain", row -> iam().domain(row.domain.id()));
    isNoticedInEachColumn("iam_project", row -> iam().project(row.project.id()));
    isNoticedInEachColumn("iam_user", row -> iam().user(row.user.id()));
    isNoticedInEachColumn("iam_access_key", row -> iam().accessKey(row.key.id()));
  }

  /// A tenant of its own for each column.
  private record Tenant(Domain domain, Project project, User user, AccessKey key) {
    String id(String table) {
      return switch (table) {
        case "iam_domain" -> domain.id().text();
        case "iam_project" -> project.id().text();
        case "iam_user" -> user.id().text();
        default -> key.id().text();
      };
    }
  }

  private void isNoticedInEachColumn(String table, Function<Tenant, Optional<?>> read) {
    List<String> columns = store().columns(table);
    assertThat(columns).contains("id", "mac");
    for (int i = 0; i < columns.size(); i++) {
      String column = columns.get(i);
      var own = new Domain(DomainId.random(), new Name(table + "-" + column));
      User owner = user(own, "owner");
      var tenant = new Tenant(own, project(own, "p"), owner, accessKey(owner, "AK" + i));
      iam().insert(own);
      if (!table.equals("iam_domain")) { // its id is referred to by the others
        iam().insert(tenant.project);
        iam().insert(owner);
        if (table.equals("iam_access_key")) {
          iam().insert(tenant.key);
        }
      }
      assertThat(read.apply(tenant)).describedAs(table + "." + column).isPresent();
      Object other = otherValue(column);
      int changed =
          store()
              .database()
              .change(session ->
                  session.update(
                      "UPDATE " + table + " SET " + column + " = ? WHERE id = ?",
                      other,
                      tenant.id(table)));
      assertThat(changed).isEqualTo(1);
      if (column.equals("id")) {
        assertThat(read.apply(tenant)).isEmpty(); // nobody is called so
      } else {
        assertAltered(() -> read.apply(tenant));
      }
    }
  }

  /// One that the column can have, and that none of ours has.
  private Object otherValue(String column) {
    return switch (column) {
      case "id" -> "f".repeat(32);
      case "domain_id" -> other.id().text();
      case "user_id" -> user.id().text();
      case "mac", "wrapped_secret" -> Bytes.owning(new byte[] {9});
      case "enabled" -> false;
      case "credential_epoch", "created_at" -> 77;
      default -> "another";
    };
  }

  @Test
  void projectMovedToAnotherDomainIsRefused() {
    Project project = project(domain, "p");
    iam().insert(project);
    edit("UPDATE iam_project SET domain_id = '" + other.id().text() + "'");
    assertThat(iam().projects(other.id())).isEmpty();
    assertAltered(() -> iam().project(other.id(), project.name()));
    assertAltered(() -> iam().project(project.id()));
    assertThat(iam().projects(domain.id())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "name = 'renamed'",
        "password = '$argon2id$v=19$m=8,t=1,p=1$c2E$aGI'",
        "credential_epoch = 1",
        "enabled = 0",
        "mac = x'00'",
      })
  void editedUserIsRefusedAndNotSignedAnew(String edit) {
    iam().insert(user);
    edit("UPDATE iam_user SET " + edit);
    assertAltered(() -> iam().user(user.id()));
    assertAltered(() -> iam().updatePassword(user.id(), OTHER));
    assertAltered(() -> iam().disableUser(user.id()));
    assertAltered(() -> iam().user(user.id()));
  }

  @Test
  void userMovedToAnotherDomainOrIdIsRefused() {
    iam().insert(user);
    edit("UPDATE iam_user SET domain_id = '" + other.id().text() + "'");
    assertAltered(() -> iam().user(other.id(), user.name()));
    edit("UPDATE iam_user SET id = '" + "f".repeat(32) + "', domain_id = '" + domain.id() + "'");
    assertAltered(() -> iam().user(domain.id(), user.name()));
  }

  @Test
  void disabledUserThatIsEnabledByHandIsRefused() {
    iam().insert(user);
    iam().disableUser(user.id());
    edit("UPDATE iam_user SET enabled = 1");
    assertAltered(() -> iam().user(user.id()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wrapped_secret = x'00'",
        "enabled = 0",
        "created_at = 1",
        "description = 'other'",
        "mac = x'00'",
      })
  void editedAccessKeyIsRefused(String edit) {
    iam().insert(user);
    AccessKey key = accessKey(user, "AK1");
    iam().insert(key);
    edit("UPDATE iam_access_key SET " + edit);
    assertAltered(() -> iam().accessKey(key.id()));
    assertAltered(() -> iam().accessKeys(user.id()));
    assertAltered(() -> iam().disableAccessKey(key.id()));
    assertAltered(() -> iam().deleteAccessKey(key.id()));
  }

  @Test
  void accessKeyGivenToAnotherUserOrRenamedIsRefused() {
    iam().insert(user);
    User thief = user(other, "thief");
    iam().insert(thief);
    iam().insert(accessKey(user, "AK1"));
    edit("UPDATE iam_access_key SET user_id = '" + thief.id().text() + "'");
    assertAltered(() -> iam().accessKeys(thief.id()));
    edit("UPDATE iam_access_key SET id = 'AK2', user_id = '" + user.id().text() + "'");
    assertAltered(() -> iam().accessKey(new AccessKeyId("AK2")));
  }

  private void edit(String sql) {
    // Databases write blobs differently.
    String portable = sql.replace("x'00'", "?");
    Object[] blob = portable.equals(sql) ? new Object[0] : new Object[] {Bytes.owning(new byte[1])};
    int changed = store().database().change(session -> session.update(portable, blob));
    assertThat(changed).isPositive();
  }

  private static void assertAltered(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
    assertThatThrownBy(call).isInstanceOf(AlteredIdentityException.class);
  }
}
