package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.AlteredIdentityException;
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
import dev.keyhold.seal.FileSeal;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.MemoryKekRepository;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every identity repository does, whatever database is under it.
abstract class IamRepositoryContract extends StoreContract {
  private static final PasswordHash HASH = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGE");
  private static final PasswordHash OTHER = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGI");

  private static final Instant CREATED = Instant.ofEpochMilli(1_770_000_000_123L);

  @TempDir Path rootFolder;
  private final Domain domain = new Domain(DomainId.random(), new Name("acme"));
  private final Domain other = new Domain(DomainId.random(), new Name("Acme"));
  private final User user = user(domain, "alice");
  private Keks keks;

  final IamRepository iam() {
    return new SqlIamRepository(store().database(), new IdentityMac(keks));
  }

  @BeforeEach
  void insertDomains() {
    // A store of its own: what is tested here is how rows are kept, not KEKs.
    keks = new Keks(FileSeal.create(rootFolder.resolve("root.key")), new MemoryKekRepository());
    assertThat(iam().isEmpty()).isTrue();
    iam().insert(domain);
    iam().insert(other);
    assertThat(iam().isEmpty()).isFalse();
  }

  @Test
  void domainIsFoundByIdAndByNameAsSpelled() {
    assertThat(iam().domain(domain.id())).contains(domain);
    assertThat(iam().domain(new Name("acme"))).contains(domain);
    assertThat(iam().domain(new Name("Acme"))).contains(other);
    assertThat(iam().domain(new Name("ACME"))).isEmpty();
    assertThat(iam().domain(DomainId.random())).isEmpty();
  }

  @Test
  void domainOfATakenNameIsRefused() {
    assertRejected(() -> iam().insert(new Domain(DomainId.random(), new Name("acme"))));
  }

  @Test
  void projectIsFoundByIdAndByNameInItsDomain() {
    Project project = new Project(ProjectId.random(), domain.id(), new Name("区域-1 é😀"));
    iam().insert(project);
    assertThat(iam().project(project.id())).contains(project);
    assertThat(iam().project(domain.id(), project.name())).contains(project);
    assertThat(iam().project(other.id(), project.name())).isEmpty();
    assertThat(iam().project(ProjectId.random())).isEmpty();
  }

  @Test
  void projectNameIsUniqueInItsDomainAlone() {
    iam().insert(project(domain, "p"));
    assertRejected(() -> iam().insert(project(domain, "p")));
    iam().insert(project(other, "p"));
    assertThat(iam().projects(domain.id())).hasSize(1);
  }

  @Test
  void projectsAreListedByName() {
    Project b = project(domain, "b");
    Project a = project(domain, "a");
    iam().insert(b);
    iam().insert(a);
    iam().insert(project(other, "c"));
    assertThat(iam().projects(domain.id())).containsExactly(a, b);
    assertThat(iam().projects(DomainId.random())).isEmpty();
  }

  @Test
  void userIsFoundByIdAndByNameInTheirDomain() {
    iam().insert(user);
    assertThat(iam().user(user.id())).contains(user);
    assertThat(iam().user(domain.id(), new Name("alice"))).contains(user);
    assertThat(iam().user(other.id(), new Name("alice"))).isEmpty();
    assertThat(iam().user(domain.id(), new Name("Alice"))).isEmpty();
    assertThat(iam().user(UserId.random())).isEmpty();
  }

  @Test
  void userNameIsUniqueInItsDomainAlone() {
    iam().insert(user);
    assertRejected(() -> iam().insert(user(domain, "alice")));
    iam().insert(user(other, "alice"));
  }

  @Test
  void oneOfManyThatInsertTheSameUserNameWins() throws Exception {
    List<Boolean> won =
        CmkRepositoryContract.atOnce(
            16,
            () -> {
              try {
                iam().insert(user(domain, "alice"));
                return true;
              } catch (KmsException.Rejected e) {
                return false;
              }
            });
    assertThat(won).containsOnlyOnce(true);
  }

  @Test
  void userOfAnUnknownDomainIsABug() {
    var nowhere = new Domain(DomainId.random(), new Name("nowhere"));
    assertThatThrownBy(() -> iam().insert(user(nowhere, "alice")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void newPasswordRaisesTheCredentialEpoch() {
    iam().insert(user);
    assertThat(iam().updatePassword(user.id(), OTHER)).isTrue();
    assertThat(iam().user(user.id()))
        .contains(new User(user.id(), domain.id(), user.name(), OTHER, 1, true));
    assertThat(iam().updatePassword(UserId.random(), OTHER)).isFalse();
  }

  @Test
  void concurrentPasswordChangesEachRaiseTheEpoch() throws Exception {
    iam().insert(user);
    var number = new AtomicInteger();
    CmkRepositoryContract.atOnce(
        16,
        () ->
            iam()
                .updatePassword(
                    user.id(), new PasswordHash(HASH.text() + number.incrementAndGet())));
    assertThat(iam().user(user.id()).orElseThrow().credentialEpoch()).isEqualTo(16);
  }

  @Test
  void disabledUserStaysKnownWithAHigherEpoch() {
    iam().insert(user);
    assertThat(iam().disableUser(user.id())).isTrue();
    assertThat(iam().user(user.id()))
        .contains(new User(user.id(), domain.id(), user.name(), HASH, 1, false));
    assertThat(iam().disableUser(UserId.random())).isFalse();
  }

  @Test
  void accessKeyComesBackAsItWas() {
    iam().insert(user);
    AccessKey key = accessKey(user, "AK1");
    iam().insert(key);
    assertThat(iam().accessKey(key.id())).contains(key);
    assertThat(iam().accessKey(new AccessKeyId("ak1"))).isEmpty();
  }

  @Test
  void accessKeyIdThatExistsIsABug() {
    iam().insert(user);
    iam().insert(accessKey(user, "AK1"));
    assertThatThrownBy(() -> iam().insert(accessKey(user, "AK1")))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void disabledAccessKeyRaisesItsUsersEpoch() {
    iam().insert(user);
    AccessKey key = accessKey(user, "AK1");
    iam().insert(key);
    assertThat(iam().disableAccessKey(key.id())).isTrue();
    assertThat(iam().accessKey(key.id()))
        .contains(
            new AccessKey(key.id(), user.id(), key.wrappedSecret(), false, CREATED, "for tests"));
    assertThat(iam().user(user.id()).orElseThrow().credentialEpoch()).isEqualTo(1);
    assertThat(iam().disableAccessKey(new AccessKeyId("AK2"))).isFalse();
  }

  @Test
  void everythingSurvivesRestart() {
    iam().insert(user);
    AccessKey key = accessKey(user, "AK1");
    iam().insert(key);
    Project project = project(domain, "p");
    iam().insert(project);

    store().reopen();

    assertThat(iam().isEmpty()).isFalse();
    assertThat(iam().domain(domain.id())).contains(domain);
    assertThat(iam().project(project.id())).contains(project);
    assertThat(iam().user(user.id())).contains(user);
    assertThat(iam().accessKey(key.id())).contains(key);
  }

  @Test
  void aTenantIsMadeWholeOrNotAtAll() {
    var name = new Name("late");
    assertThatThrownBy(() ->
            transactions()
                .write(() -> {
                  var late = new Domain(DomainId.random(), name);
                  iam().insert(late);
                  iam().insert(project(late, "p"));
                  iam().insert(user(domain, "alice"));
                  throw new ArithmeticException("made up");
                }))
        .isInstanceOf(ArithmeticException.class);
    assertThat(iam().domain(name)).isEmpty();
    assertThat(iam().user(domain.id(), new Name("alice"))).isEmpty();
  }

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

  @Test
  void accessKeysAreListedUpdatedAndDeleted() {
    iam().insert(user);
    AccessKey key = accessKey(user, "AK1");
    iam().insert(key);
    iam().insert(accessKey(user, "AK2"));
    var changed =
        new AccessKey(key.id(), user.id(), key.wrappedSecret(), false, CREATED, "described");
    assertThat(iam().update(changed)).isTrue();
    assertThat(iam().accessKeys(user.id())).containsExactly(changed, accessKey(user, "AK2"));
    assertThat(iam().user(user.id()).orElseThrow().credentialEpoch()).isZero();

    assertThat(iam().deleteAccessKey(key.id())).isTrue();
    assertThat(iam().deleteAccessKey(key.id())).isFalse();
    assertThat(iam().accessKeys(user.id())).containsExactly(accessKey(user, "AK2"));
    assertThat(iam().user(user.id()).orElseThrow().credentialEpoch()).isEqualTo(1);
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

  private static Project project(Domain domain, String name) {
    return new Project(ProjectId.random(), domain.id(), new Name(name));
  }

  private static User user(Domain domain, String name) {
    return new User(UserId.random(), domain.id(), new Name(name), HASH, 0, true);
  }

  private static AccessKey accessKey(User user, String id) {
    return new AccessKey(
        new AccessKeyId(id),
        user.id(),
        Bytes.owning(new byte[] {1, 2, 3}),
        true,
        CREATED,
        "for tests");
  }

  private static void assertRejected(Runnable call) {
    CmkRepositoryContract.assertRejected(IamError.CONFLICT, call);
  }
}
