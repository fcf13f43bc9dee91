package dev.keyhold.iam;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.IamError;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredTime;
import dev.keyhold.key.Transactions;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;

/// Changes identities: makes tenants, changes passwords and access keys, disables users. Each
/// change is one transaction, and in force on this node when the call returns.
public final class IamAdmin {
  private static final int ACCESS_KEY_CHARS = 20;
  private static final int SECRET_KEY_CHARS = 40;

  /// As in the cloud: one in use and one to change over to.
  private static final int MOST_ACCESS_KEYS = 2;

  private static final String UPPER_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  private static final String ALPHANUMERIC = UPPER_ALPHANUMERIC + "abcdefghijklmnopqrstuvwxyz";

  private final IamRepository repository;
  private final Transactions transactions;
  private final Passwords passwords;
  private final AccessKeySecrets secrets;
  private final Users users;
  private final AccessKeys accessKeys;
  private final SecureRandom random;
  private final InstantSource clock;

  public IamAdmin(
      IamRepository repository,
      Transactions transactions,
      Passwords passwords,
      AccessKeySecrets secrets,
      Users users,
      AccessKeys accessKeys,
      SecureRandom random,
      InstantSource clock) {
    this.repository = repository;
    this.transactions = transactions;
    this.passwords = passwords;
    this.secrets = secrets;
    this.users = users;
    this.accessKeys = accessKeys;
    this.random = random;
    this.clock = clock;
  }

  /// Makes a domain with one project and one user, who gets a random password and access key.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the domain's name is
  ///   taken
  public Credentials createTenant(Name domainName, Name projectName, Name userName) {
    NewTenant made = newTenant(domainName, projectName, userName);
    add(made);
    return made.credentials();
  }

  /// Likewise, for [#add] to store.
  public NewTenant newTenant(Name domainName, Name projectName, Name userName) {
    return newTenant(domainName, projectName, userName, passwords.random());
  }

  /// Likewise, with a password that was made before.
  public NewTenant newTenant(
      Name domainName, Name projectName, Name userName, NewPassword password) {
    var domain = new Domain(DomainId.random(), domainName);
    var project = new Project(ProjectId.random(), domain.id(), projectName);
    var user = new User(UserId.random(), domain.id(), userName, password.hash(), 0, true);
    NewAccessKey made = newAccessKey(user.id(), "");
    return new NewTenant(
        user,
        made.key(),
        new Credentials(
            domain,
            project,
            user.id(),
            userName,
            password.password(),
            made.key().id(),
            made.secret()));
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the domain's name is
  ///   taken
  public void add(NewTenant tenant) {
    transactions.write(() -> {
      repository.insert(tenant.credentials().domain());
      repository.insert(tenant.credentials().project());
      repository.insert(tenant.user());
      repository.insert(tenant.accessKey());
      return true;
    });
  }

  /// Gives a user another password. Their tokens die.
  ///
  /// @return false when there is no such user
  public boolean changePassword(UserId user, Password password) {
    PasswordHash hash = passwords.hash(password); // slow, so not inside the transaction
    boolean changed = transactions.write(() -> repository.updatePassword(user, hash));
    users.invalidate(user);
    return changed;
  }

  /// Likewise, unless the user's password is another one by now than `seen` has.
  ///
  /// @return false when it is, or there is no such user
  public boolean changePassword(User seen, Password password) {
    PasswordHash hash = passwords.hash(password);
    boolean changed =
        transactions.write(() -> {
          repository.hold(seen.id());
          return repository.user(seen.id()).map(User::password).equals(Optional.of(seen.password()))
              && repository.updatePassword(seen.id(), hash);
        });
    users.invalidate(seen.id());
    return changed;
  }

  /// Gives a user a random password, in place of one that is lost. Their tokens die.
  ///
  /// @param handOver is given the password before the change is committed; when it throws, nothing
  ///   has changed
  /// @return false when there is no such user
  public boolean resetPassword(UserId user, Consumer<Password> handOver) {
    try (NewPassword password = passwords.random()) {
      boolean changed =
          transactions.write(() -> {
            boolean updated = repository.updatePassword(user, password.hash());
            if (updated) {
              handOver.accept(password.password());
            }
            return updated;
          });
      users.invalidate(user);
      return changed;
    }
  }

  /// Makes another access key.
  ///
  /// @param description at most 255 characters
  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.BAD_REQUEST` when the user has two
  public NewAccessKey createAccessKey(UserId user, String description) {
    NewAccessKey made = newAccessKey(user, description);
    try {
      return transactions.write(() -> {
        repository.hold(user);
        if (repository.accessKeys(user).size() >= MOST_ACCESS_KEYS) {
          throw IamError.BAD_REQUEST.rejected(
              "A user may have at most 2 access keys. Delete one first.");
        }
        repository.insert(made.key());
        return made;
      });
    } catch (RuntimeException e) {
      made.close();
      throw e;
    }
  }

  /// Changes what is not empty of a user's access key. One that is disabled stops signing and its
  /// user's tokens die.
  ///
  /// @return the access key as it is now; empty when the user has no such one
  public Optional<AccessKey> updateAccessKey(
      UserId user, AccessKeyId id, Optional<Boolean> enabled, Optional<String> description) {
    Optional<AccessKey> changed =
        transactions.write(() -> {
          repository.hold(user);
          Optional<AccessKey> found =
              repository.accessKey(id).filter(key -> key.user().equals(user));
          return found.map(known -> {
            var next =
                known.changed(
                    enabled.orElse(known.enabled()), description.orElse(known.description()));
            if (known.enabled() && !next.enabled()) {
              repository.disableAccessKey(id);
            }
            repository.update(next);
            return next;
          });
        });
    accessKeys.invalidate(id);
    users.invalidate(user);
    return changed;
  }

  /// Deletes a user's access key. The user's tokens die.
  ///
  /// @return false when the user has no such one
  public boolean deleteAccessKey(UserId user, AccessKeyId id) {
    boolean deleted =
        transactions.write(() -> {
          repository.hold(user);
          return repository.accessKey(id).filter(key -> key.user().equals(user)).isPresent()
              && repository.deleteAccessKey(id);
        });
    accessKeys.invalidate(id);
    users.invalidate(user);
    return deleted;
  }

  /// Stops a user from authenticating by any means. Their tokens die for good. No command and no
  /// call of the API does so yet.
  ///
  /// @return false when there is no such user
  public boolean disableUser(UserId user) {
    boolean changed = transactions.write(() -> repository.disableUser(user));
    users.invalidate(user);
    return changed;
  }

  /// Stops an access key from signing. Its user's tokens die. For whoever is not its user, who have
  /// [#updateAccessKey]; no command and no call of the API does so yet.
  ///
  /// @return false when there is no such access key
  public boolean disableAccessKey(AccessKeyId id) {
    var user = repository.accessKey(id).map(AccessKey::user);
    boolean changed = transactions.write(() -> repository.disableAccessKey(id));
    accessKeys.invalidate(id);
    user.ifPresent(users::invalidate);
    return changed;
  }

  private NewAccessKey newAccessKey(UserId user, String description) {
    var id =
        new AccessKeyId(new String(RandomText.of(random, UPPER_ALPHANUMERIC, ACCESS_KEY_CHARS)));
    var secret = new KeyMaterial(ascii(RandomText.of(random, ALPHANUMERIC, SECRET_KEY_CHARS)));
    try {
      var key =
          new AccessKey(
              id, user, secrets.wrap(id, user, secret), true, StoredTime.now(clock), description);
      return new NewAccessKey(key, secret);
    } catch (RuntimeException failure) {
      secret.close();
      throw failure;
    }
  }

  /// @param chars wiped
  private static byte[] ascii(char[] chars) {
    byte[] bytes = new byte[chars.length];
    for (int i = 0; i < chars.length; i++) {
      bytes[i] = (byte) chars[i];
    }
    Arrays.fill(chars, '\0');
    return bytes;
  }
}
