package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.feed.Change;
import dev.keyhold.key.Alias;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.AliasRepository;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Grant;
import dev.keyhold.key.GrantOperation;
import dev.keyhold.key.GrantRepository;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyFilter;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.KeystoreRepository;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.key.Tag;
import dev.keyhold.key.TagFilter;
import dev.keyhold.key.TagRepository;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Calls every method of the repositories of keys and what belongs to them, the change feed and the
/// audit records, so that whoever looks at the database under it sees every statement that these
/// have.
final class EveryQuery {
  private static final Instant T0 = Instant.parse("2026-02-03T04:05:06.789Z");
  private static final Bytes MAC = Bytes.owning(new byte[36]);
  private static final int MANY = 1000;

  private final Database database;
  private final ProjectId project = ProjectId.random();
  private final DomainId domain = DomainId.random();

  private EveryQuery(Database database) {
    this.database = database;
  }

  static void of(Database database) {
    var every = new EveryQuery(database);
    every.keks();
    every.keys();
    every.belongings();
    every.keystores();
    every.feed();
    every.audit();
  }

  private void keys() {
    var watched = new Watched<>(CmkRepository.class, new SqlCmkRepository(database));
    CmkRepository cmks = watched.repository();
    StoredCmk key = key();
    KeyId id = key.cmk().id();
    var material = new StoredMaterial(id, 0, Bytes.owning(new byte[] {1}), T0);
    cmks.insert(key, Optional.of(material), MANY);
    cmks.find(project, id);
    cmks.findDefault(project, new KeyName("obs/default"));
    cmks.material(id, 0);
    cmks.versions(id);
    for (KeyFilter filter : filters()) {
      cmks.count(project, filter);
      cmks.page(project, filter, 0, 10);
    }
    // From the other end: a page after which come fewer keys than before it.
    for (int i = 0; i < 3; i++) {
      cmks.insert(key(), Optional.empty(), MANY);
    }
    for (KeyFilter filter : filters()) {
      cmks.page(project, filter, 3, 1);
    }
    cmks.countCustom(project);
    cmks.putMaterial(material);
    cmks.eraseMaterial(id, 0);
    cmks.rotationDue(T0, 10);
    cmks.materialExpired(T0, 10);
    cmks.regionWork(Optional.empty(), 10);
    cmks.deletionDue(T0, 10);
    Cmk leaving = key.cmk().deletionScheduled(T0, Duration.ZERO);
    assertThat(cmks.replace(new StoredCmk(leaving, MAC))).isTrue();
    assertThat(cmks.destroy(id, leaving.revision())).isTrue();
    watched.requireAll();
  }

  /// With and without each member. The one enterprise project that most keys are of is a case of
  /// its own.
  private static List<KeyFilter> filters() {
    return Stream.of(Optional.<String>empty(), Optional.of("2"))
        .flatMap(state ->
            Stream.of(Optional.<KeySpec>empty(), Optional.of(KeySpec.AES_256))
                .flatMap(spec ->
                    Stream.of(Optional.<String>empty(), Optional.of("0"), Optional.of("1"))
                        .map(enterprise -> new KeyFilter(state, spec, enterprise))))
        .toList();
  }

  private void belongings() {
    StoredCmk key = key();
    KeyId id = key.cmk().id();
    new SqlCmkRepository(database).insert(key, Optional.empty(), MANY);

    var tags = new Watched<>(TagRepository.class, new SqlTagRepository(database));
    tags.repository().put(project, id, List.of(new Tag("a", "1")), MANY);
    tags.repository().of(id);
    tags.repository().all(project);
    var any = new TagFilter.Wanted("a", List.of());
    var some = new TagFilter.Wanted("b", List.of("1", "2"));
    for (TagFilter filter :
        List.of(
            new TagFilter(List.of(), Optional.empty()),
            new TagFilter(List.of(any), Optional.empty()),
            new TagFilter(List.of(some), Optional.empty()),
            new TagFilter(List.of(some, any), Optional.of("k")),
            new TagFilter(List.of(), Optional.of("k")))) {
      tags.repository().count(project, filter);
      tags.repository().search(project, filter, 0, 10);
    }
    tags.repository().delete(id, "a");
    tags.requireAll();

    var aliases = new Watched<>(AliasRepository.class, new SqlAliasRepository(database));
    var name = new AliasName("alias-a");
    var alias = new StoredAlias(new Alias(domain, name, project, id, T0, T0), MAC);
    aliases.repository().insert(alias, MANY);
    aliases.repository().replace(alias, alias, MANY);
    aliases.repository().find(domain, name);
    aliases.repository().page(project, Optional.empty(), "", 10);
    aliases.repository().page(project, Optional.of(id), "", 10);
    aliases.repository().delete(id, name);
    aliases.requireAll();

    var grants = new Watched<>(GrantRepository.class, new SqlGrantRepository(database));
    var grantee = new Grantee(Grantee.Type.USER, "u");
    var grant =
        new Grant("g", id, project, "", grantee, Set.of(GrantOperation.values()), "i", "", T0);
    grants.repository().insert(new StoredGrant(grant, MAC), MANY, MANY);
    grants.repository().hold(project, id);
    grants.repository().find("g");
    grants.repository().held(id, grantee);
    grants.repository().page(id, 0, 10);
    grants.repository().count(id);
    grants.repository().retirable("u", "d", 0, 10);
    grants.repository().countRetirable("u", "d");
    grants.repository().mostOnOneKey(project);
    grants.repository().delete("g");
    grants.requireAll();
  }

  private void keystores() {
    var watched = new Watched<>(KeystoreRepository.class, new SqlKeystoreRepository(database));
    KeystoreRepository keystores = watched.repository();
    var id = new KeystoreId(KeyId.random().text());
    var keystore =
        new StoredKeystore(
            new Keystore(id, domain, new AliasName("hsm"), "hsm", true, T0, MAC), MAC);
    keystores.requireRoom(domain, new AliasName("hsm"), MANY);
    keystores.insert(keystore, MANY);
    keystores.find(id);
    keystores.hold(id);
    keystores.replace(keystore);
    keystores.page(domain, 0, 10);
    keystores.count(domain);
    keystores.deleteEmpty(id);
    watched.requireAll();
  }

  private void keks() {
    var watched = new Watched<>(KekRepository.class, new SqlKekRepository(database));
    KekRepository keks = watched.repository();
    keks.isEmpty();
    keks.insertIfAbsent(new StoredKek("scope", 1, MAC), _ -> {});
    keks.newest("scope");
    keks.find("scope", 1);
    keks.has(new StoredKek("scope", 1, MAC));
    watched.requireAll();
  }

  private void feed() {
    var work = new SharedWork(database, "node");
    database.change(session -> {
      SqlChangeFeed.append(session, List.of(new Change(Change.Kind.KEY, "k")), "node");
      return SqlChangeFeed.from(session, 0, 10);
    });
    database.query(SqlChangeFeed::newest);
    database
        .sharing()
        .ifPresent(sharing -> {
          try (var feed = sharing.feed()) {
            feed.from(feed.newest().position(), 10);
          }
        });
    work.takeTurn();
    work.trimFeed();
    work.instant();
    work.passTurn();
  }

  private void audit() {
    database.query(session -> SqlAuditRecords.after(session, T0, "", 10));
  }

  private StoredCmk key() {
    KeyId id = KeyId.random();
    var cmk =
        Cmk.fresh(id, project, domain, new KeyName(id.text()), KeySpec.AES_256, T0)
            .enterpriseProject("1")
            .build();
    return new StoredCmk(cmk, MAC);
  }

  /// A repository that notes which of its methods are called.
  private static final class Watched<T> {
    private final Class<T> type;
    private final T repository;
    private final Set<Method> called = new HashSet<>();

    Watched(Class<T> type, T inner) {
      this.type = type;
      this.repository =
          type.cast(
              Proxy.newProxyInstance(
                  type.getClassLoader(),
                  new Class<?>[] {type},
                  (_, method, arguments) -> {
                    called.add(method);
                    try {
                      return method.invoke(inner, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getCause();
                    }
                  }));
    }

    T repository() {
      return repository;
    }

    void requireAll() {
      assertThat(called)
          .as("a method of the repository is not called here yet: add it")
          .containsAll(
              Stream.of(type.getDeclaredMethods())
                  .filter(method -> Modifier.isAbstract(method.getModifiers()))
                  .toList());
    }
  }
}
