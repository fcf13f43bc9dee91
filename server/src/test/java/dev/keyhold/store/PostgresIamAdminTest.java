package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.AccessKeys;
import dev.keyhold.iam.Credentials;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Password;
import dev.keyhold.iam.Passwords;
import dev.keyhold.iam.TestIam;
import dev.keyhold.iam.User;
import dev.keyhold.iam.Users;
import dev.keyhold.seal.TestKeks;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Two nodes that change the same identities at once. One is held up right after it has looked,
/// while the other one does all that it can.
class PostgresIamAdminTest {
  private static final IdentityMac MAC = new IdentityMac(TestKeks.inMemory());

  private final PostgresStore store = new PostgresStore();
  private final PostgresDatabase otherDatabase = store.open();
  private final IamRepository repository = new SqlIamRepository(store.database(), MAC);
  private final IamRepository otherRepository = new SqlIamRepository(otherDatabase, MAC);
  private final IamAdmin other = admin(otherRepository, otherDatabase);
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private Credentials made;

  private static IamAdmin admin(IamRepository repository, Database database) {
    var random = new SecureRandom();
    return new IamAdmin(
        repository,
        database,
        new Passwords(random),
        TestIam.FAKE_WRAPPING,
        new Users(repository),
        new AccessKeys(repository, TestIam.FAKE_WRAPPING),
        random,
        InstantSource.system());
  }

  @BeforeEach
  void makeTenant() {
    made = other.createTenant(new Name("acme"), new Name("p"), new Name("alice"));
  }

  @AfterEach
  void close() {
    thread.shutdownNow();
    made.close();
    otherDatabase.close();
    store.close();
  }

  @Test
  void descriptionThatChangesBesideADisableDoesNotEnableAgain() throws Exception {
    AccessKeyId id = made.accessKey();
    var race = new Race<>(() -> other.disableAccessKey(id), "accessKey");
    race.admin().updateAccessKey(made.userId(), id, Optional.empty(), Optional.of("new"));
    assertThat(race.result()).isTrue();
    AccessKey now = repository.accessKey(id).orElseThrow();
    assertThat(now.enabled()).isFalse();
    assertThat(now.description()).isEqualTo("new");
  }

  @Test
  void disableBesideAChangeOfTheDescriptionKeepsIt() throws Exception {
    AccessKeyId id = made.accessKey();
    var race =
        new Race<>(
            () -> other.updateAccessKey(made.userId(), id, Optional.empty(), Optional.of("new")),
            "accessKey");
    race.admin().updateAccessKey(made.userId(), id, Optional.of(false), Optional.empty());
    race.result();
    AccessKey now = repository.accessKey(id).orElseThrow();
    assertThat(now.enabled()).isFalse();
    assertThat(now.description()).isEqualTo("new");
  }

  @Test
  void noUserGetsMoreAccessKeysThanAllowed() throws Exception {
    var race =
        new Race<>(
            () -> {
              other.createAccessKey(made.userId(), "").close();
              return true;
            },
            "accessKeys");
    race.admin().createAccessKey(made.userId(), "").close();
    try {
      race.result();
    } catch (java.util.concurrent.ExecutionException refused) {
      assertThat(refused).hasMessageContaining("at most 2");
    }
    assertThat(repository.accessKeys(made.userId())).hasSize(2);
  }

  @Test
  void ofTwoChangesOfOnePasswordOneIsMade() throws Exception {
    User seen = repository.user(made.userId()).orElseThrow();
    try (var one = new Password("the password of one");
        var two = new Password("the password of two")) {
      var race = new Race<>(() -> other.changePassword(seen, two), "user");
      boolean changed = race.admin().changePassword(seen, one);
      assertThat(changed).isNotEqualTo(race.result());
    }
  }

  /// Once node one has called a method of its repository, `rival` runs on the other one until it is
  /// done or waits for node one.
  private final class Race<T> {
    private final AtomicReference<Optional<Future<T>>> running =
        new AtomicReference<>(Optional.empty());
    private final Callable<T> rival;
    private final String trigger;

    Race(Callable<T> rival, String trigger) {
      this.rival = rival;
      this.trigger = trigger;
    }

    IamAdmin admin() {
      Object held =
          Proxy.newProxyInstance(
              IamRepository.class.getClassLoader(),
              new Class<?>[] {IamRepository.class},
              (_, method, arguments) -> {
                Object result;
                try {
                  result = method.invoke(repository, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
                if (method.getName().equals(trigger) && running.get().isEmpty()) {
                  Future<T> started = thread.submit(rival);
                  running.set(Optional.of(started));
                  while (!started.isDone() && !waits()) {
                    Thread.onSpinWait();
                  }
                }
                return result;
              });
      return PostgresIamAdminTest.admin((IamRepository) held, store.database());
    }

    private boolean waits() {
      return !TestPostgres.shared()
          .value(
              store.url(),
              "SELECT COUNT(*) FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
          .equals("0");
    }

    T result() throws Exception {
      return running.get().orElseThrow().get();
    }
  }
}
