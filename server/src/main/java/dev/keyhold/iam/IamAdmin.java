package dev.keyhold.iam;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Transactions;
import java.security.SecureRandom;

/// Changes identities: makes tenants, changes passwords, disables users and access keys. Each
/// change is one transaction, and in force on this node when the call returns.
public final class IamAdmin {
  private static final int PASSWORD_CHARS = 24;
  private static final int ACCESS_KEY_CHARS = 20;
  private static final int SECRET_KEY_CHARS = 40;

  private static final String UPPER_ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  private static final String ALPHANUMERIC = UPPER_ALPHANUMERIC + "abcdefghijklmnopqrstuvwxyz";
  // Without 0 O 1 I l: people type passwords. 24 of these have 139 bits.
  private static final String LEGIBLE = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

  private final IamRepository repository;
  private final Transactions transactions;
  private final Passwords passwords;
  private final AccessKeySecrets secrets;
  private final Users users;
  private final AccessKeys accessKeys;
  private final SecureRandom random;

  public IamAdmin(
      IamRepository repository,
      Transactions transactions,
      Passwords passwords,
      AccessKeySecrets secrets,
      Users users,
      AccessKeys accessKeys,
      SecureRandom random) {
    this.repository = repository;
    this.transactions = transactions;
    this.passwords = passwords;
    this.secrets = secrets;
    this.users = users;
    this.accessKeys = accessKeys;
    this.random = random;
  }

  /// Makes a domain with one project and one user, who gets a random password and access key.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `IamError.CONFLICT` when the domain's name is
  ///   taken
  public Credentials createTenant(Name domainName, Name projectName, Name userName) {
    var domain = new Domain(DomainId.random(), domainName);
    var project = new Project(ProjectId.random(), domain.id(), projectName);
    var password = Password.owning(randomChars(LEGIBLE, PASSWORD_CHARS));
    var user = new User(UserId.random(), domain.id(), userName, passwords.hash(password), 0, true);
    var accessKeyId =
        new AccessKeyId(new String(randomChars(UPPER_ALPHANUMERIC, ACCESS_KEY_CHARS)));
    var secretKey = new KeyMaterial(ascii(randomChars(ALPHANUMERIC, SECRET_KEY_CHARS)));
    var accessKey =
        new AccessKey(
            accessKeyId, user.id(), secrets.wrap(accessKeyId, user.id(), secretKey), true);
    transactions.write(() -> {
      repository.insert(domain);
      repository.insert(project);
      repository.insert(user);
      repository.insert(accessKey);
      return domain;
    });
    return new Credentials(domain, project, user.id(), userName, password, accessKeyId, secretKey);
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

  /// Stops a user from authenticating by any means. Their tokens die for good.
  ///
  /// @return false when there is no such user
  public boolean disableUser(UserId user) {
    boolean changed = transactions.write(() -> repository.disableUser(user));
    users.invalidate(user);
    return changed;
  }

  /// Stops an access key from signing. Its user's tokens die.
  ///
  /// @return false when there is no such access key
  public boolean disableAccessKey(AccessKeyId id) {
    var user = repository.accessKey(id).map(AccessKey::user);
    boolean changed = transactions.write(() -> repository.disableAccessKey(id));
    accessKeys.invalidate(id);
    user.ifPresent(users::invalidate);
    return changed;
  }

  private char[] randomChars(String alphabet, int count) {
    char[] chars = new char[count];
    for (int i = 0; i < count; i++) {
      chars[i] = alphabet.charAt(random.nextInt(alphabet.length()));
    }
    return chars;
  }

  private static byte[] ascii(char[] chars) {
    byte[] bytes = new byte[chars.length];
    for (int i = 0; i < chars.length; i++) {
      bytes[i] = (byte) chars[i];
    }
    return bytes;
  }
}
