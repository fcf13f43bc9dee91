package dev.keyhold.iam;

import dev.keyhold.error.IamError;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/// Identities in maps, and a count of how often anything was read.
public final class FakeIamRepository implements IamRepository {
  private final Map<DomainId, Domain> domains = new ConcurrentHashMap<>();
  private final Map<ProjectId, Project> projects = new ConcurrentHashMap<>();
  private final Map<UserId, User> users = new ConcurrentHashMap<>();
  private final Map<AccessKeyId, AccessKey> accessKeys = new ConcurrentHashMap<>();
  private final AtomicInteger reads = new AtomicInteger();

  public int reads() {
    return reads.get();
  }

  @Override
  public boolean isEmpty() {
    return domains.isEmpty();
  }

  @Override
  public Optional<Domain> domain(DomainId id) {
    reads.incrementAndGet();
    return Optional.ofNullable(domains.get(id));
  }

  @Override
  public Optional<Domain> domain(Name name) {
    reads.incrementAndGet();
    return domains.values().stream().filter(domain -> domain.name().equals(name)).findAny();
  }

  @Override
  public Optional<Project> project(ProjectId id) {
    reads.incrementAndGet();
    return Optional.ofNullable(projects.get(id));
  }

  @Override
  public Optional<Project> project(DomainId domain, Name name) {
    return projects(domain).stream().filter(project -> project.name().equals(name)).findAny();
  }

  @Override
  public List<Project> projects(DomainId domain) {
    reads.incrementAndGet();
    return projects.values().stream()
        .filter(project -> project.domain().equals(domain))
        .sorted(Comparator.comparing(project -> project.name().text()))
        .toList();
  }

  @Override
  public Optional<User> user(UserId id) {
    reads.incrementAndGet();
    return Optional.ofNullable(users.get(id));
  }

  @Override
  public Optional<User> user(DomainId domain, Name name) {
    reads.incrementAndGet();
    return users.values().stream()
        .filter(user -> user.domain().equals(domain) && user.name().equals(name))
        .findAny();
  }

  @Override
  public Optional<AccessKey> accessKey(AccessKeyId id) {
    reads.incrementAndGet();
    return Optional.ofNullable(accessKeys.get(id));
  }

  @Override
  public void insert(Domain domain) {
    if (domain(domain.name()).isPresent()) {
      throw IamError.CONFLICT.rejected();
    }
    domains.put(domain.id(), domain);
  }

  @Override
  public void insert(Project project) {
    if (project(project.domain(), project.name()).isPresent()) {
      throw IamError.CONFLICT.rejected();
    }
    projects.put(project.id(), project);
  }

  @Override
  public void insert(User user) {
    if (user(user.domain(), user.name()).isPresent()) {
      throw IamError.CONFLICT.rejected();
    }
    users.put(user.id(), user);
  }

  @Override
  public void insert(AccessKey accessKey) {
    accessKeys.put(accessKey.id(), accessKey);
  }

  @Override
  public void hold(UserId user) {}

  @Override
  public boolean updatePassword(UserId id, PasswordHash password) {
    return users.computeIfPresent(
            id,
            (_, old) ->
                new User(
                    id,
                    old.domain(),
                    old.name(),
                    password,
                    old.credentialEpoch() + 1,
                    old.enabled()))
        != null;
  }

  @Override
  public boolean disableUser(UserId id) {
    return setEnabled(id, false);
  }

  /// Not part of the interface: tests look at what a re-enabled user gets back.
  public boolean enableUser(UserId id) {
    return setEnabled(id, true);
  }

  private boolean setEnabled(UserId id, boolean enabled) {
    return users.computeIfPresent(
            id,
            (_, old) ->
                new User(
                    id,
                    old.domain(),
                    old.name(),
                    old.password(),
                    enabled ? old.credentialEpoch() : old.credentialEpoch() + 1,
                    enabled))
        != null;
  }

  /// Not part of the interface: what a deleted user's tokens meet.
  public void removeUser(UserId id) {
    users.remove(id);
  }

  @Override
  public boolean disableAccessKey(AccessKeyId id) {
    AccessKey key = accessKeys.get(id);
    if (key == null) {
      return false;
    }
    accessKeys.put(id, key.changed(false, key.description()));
    endTokens(key.user());
    return true;
  }

  @Override
  public List<AccessKey> accessKeys(UserId user) {
    return accessKeys.values().stream()
        .filter(key -> key.user().equals(user))
        .sorted(Comparator.comparing(AccessKey::createdAt).thenComparing(key -> key.id().text()))
        .toList();
  }

  @Override
  public boolean update(AccessKey accessKey) {
    return accessKeys.replace(accessKey.id(), accessKey) != null;
  }

  @Override
  public boolean deleteAccessKey(AccessKeyId id) {
    AccessKey key = accessKeys.remove(id);
    if (key == null) {
      return false;
    }
    endTokens(key.user());
    return true;
  }

  private void endTokens(UserId id) {
    users.computeIfPresent(
        id,
        (user, old) ->
            new User(
                user,
                old.domain(),
                old.name(),
                old.password(),
                old.credentialEpoch() + 1,
                old.enabled()));
  }
}
