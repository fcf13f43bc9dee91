package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.PasswordHash;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.User;
import dev.keyhold.iam.UserId;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// Identities that are stored and changed, whatever the database.
abstract class IamRepositoryContract extends IamContract {
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
        CmkContract.atOnce(
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
    CmkContract.atOnce(
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

  private static void assertRejected(Runnable call) {
    CmkContract.assertRejected(IamError.CONFLICT, call);
  }
}
