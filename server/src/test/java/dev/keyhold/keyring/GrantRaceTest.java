package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.HexId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.keyring.GrantVault.Party;
import dev.keyhold.keyring.GrantVault.Wish;
import dev.keyhold.store.PostgresSettings;
import dev.keyhold.store.TestPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// On PostgreSQL, a grant that rests on one which is taken back at the same time.
@Timeout(120)
final class GrantRaceTest {
  private final ExecutorService thread = Executors.newSingleThreadExecutor();
  private final String url = TestPostgres.shared().newDatabase();
  private final Party guest =
      new Party(ProjectId.random(), HexId.random(), DomainId.random().text());

  @TempDir Path folder;
  private TestVault store;
  private Cmk key;
  private Party owner;
  private Grant first;

  @BeforeEach
  void open() {
    store =
        TestVault.onPostgres(
            folder,
            new PostgresSettings(
                url,
                Optional.of(TestPostgres.USER),
                Optional.empty(),
                4,
                Duration.ofMinutes(1),
                true));
    key = store.create(KeySpec.AES_256);
    owner = new Party(store.project, HexId.random(), store.domain.text());
    first = create(store.grants, owner, guest.user());
  }

  @AfterEach
  void close() {
    thread.shutdownNow();
    store.close();
  }

  private Grant create(GrantVault grants, Party party, String user) {
    var wish =
        new Wish(
            key.id(),
            "",
            new Grantee(Grantee.Type.USER, user),
            Set.of(GrantOperation.CREATE_GRANT, GrantOperation.ENCRYPT_DATAKEY),
            "");
    return grants.create(party, wish, TestVault.NOW, 100);
  }

  private void revoke() {
    store.grants.revoke(owner, key.id(), first.id());
  }

  private void retire() {
    store.grants.retire(owner, key.id(), first.id());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void noGrantIsMadeOnOneThatIsTakenBackBefore(boolean retired) throws Exception {
    var race = new Race(1, retired ? this::retire : this::revoke);
    assertThatThrownBy(() -> create(race.grants(), guest, HexId.random()))
        .isInstanceOfSatisfying(
            Rejected.class,
            refusal -> assertThat(refusal.error()).isEqualTo(KmsError.KEY_NOT_FOUND));
    race.rival().get();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoTakesAGrantBackWaitsForOneThatRestsOnIt(boolean retired) throws Exception {
    var race = new Race(2, retired ? this::retire : this::revoke);
    Grant made = create(race.grants(), guest, HexId.random());
    assertThat(race.rivalWaited()).isTrue();
    race.rival().get();
    assertThat(store.grants.page(store.project, key.id(), 0, 10).grants()).containsExactly(made);
  }

  /// Once a vault has looked at what a party holds, `rival` runs beside it until it is done or
  /// waits.
  private final class Race {
    private final int look;
    private final Runnable rival;
    private final AtomicInteger looks = new AtomicInteger();
    private Optional<Future<?>> running = Optional.empty();
    private boolean waited;

    /// @param look the one after which `rival` begins, counted from 1
    Race(int look, Runnable rival) {
      this.look = look;
      this.rival = rival;
    }

    GrantVault grants() {
      return store.grants(repository ->
          (GrantRepository)
              Proxy.newProxyInstance(
                  GrantRepository.class.getClassLoader(),
                  new Class<?>[] {GrantRepository.class},
                  (_, method, arguments) -> {
                    Object result;
                    try {
                      result = method.invoke(repository, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                    if (method.getName().equals("held") && isLast((Grantee) arguments[1])) {
                      if (looks.incrementAndGet() == look) {
                        race();
                      }
                    }
                    return result;
                  }));
    }

    /// A look goes on from user to domain.
    private boolean isLast(Grantee grantee) {
      return grantee.type() == Grantee.Type.DOMAIN;
    }

    private void race() {
      Future<?> started = thread.submit(rival);
      running = Optional.of(started);
      while (!started.isDone() && !waited) {
        waited = isAnybodyWaiting();
      }
    }

    private boolean isAnybodyWaiting() {
      return !TestPostgres.shared()
          .value(
              url,
              "SELECT COUNT(*) FROM pg_stat_activity"
                  + " WHERE datname = current_database() AND wait_event_type = 'Lock'")
          .equals("0");
    }

    boolean rivalWaited() {
      return waited;
    }

    Future<?> rival() {
      return running.orElseThrow();
    }
  }
}
