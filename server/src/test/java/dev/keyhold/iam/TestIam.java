package dev.keyhold.iam;

import dev.keyhold.crypto.Argon2id;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Transactions;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// One instance's identity parts, wired over a fake store and clocks that tests move. Two tenants:
/// Alice's and Mallory's.
public final class TestIam {
  public static final Instant START = Instant.parse("2026-03-01T12:00:00Z");
  public static final String PASSWORD = "correct horse battery staple";
  private static final byte[] TOKEN_KEY =
      "a token key of thirty-two bytes!".getBytes(StandardCharsets.UTF_8);

  /// Runs everything at once, and undoes nothing.
  public static final Transactions DIRECT =
      new Transactions() {
        @Override
        public <T> T write(Supplier<T> work) {
          return work.get();
        }

        @Override
        public <T> T read(Supplier<T> work) {
          return work.get();
        }
      };

  /// "Wraps" by XOR, which is enough to tell clear from wrapped, and binds to key and user by a
  /// tag.
  public static final AccessKeySecrets FAKE_WRAPPING =
      new AccessKeySecrets() {
        @Override
        public Bytes wrap(AccessKeyId id, UserId user, KeyMaterial secret) {
          return Bytes.owning(secret.lend(TestIam::flipped));
        }

        @Override
        public KeyMaterial unwrap(AccessKey key) {
          return new KeyMaterial(flipped(key.wrappedSecret().lent()));
        }
      };

  private static byte[] flipped(byte[] bytes) {
    byte[] flipped = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      flipped[i] = (byte) ~bytes[i];
    }
    return flipped;
  }

  public final SettableTime time = new SettableTime(START);
  public final FakeIamRepository repository = new FakeIamRepository();
  public final SecureRandom random = new SecureRandom();
  public final Passwords passwords = new Passwords(random);
  public final Users users = new Users(repository);
  public final AccessKeys accessKeys = new AccessKeys(repository, FAKE_WRAPPING);
  public final Tokens tokens = tokensUnder(TOKEN_KEY);
  public final RequestSignature signature =
      new RequestSignature(accessKeys, users, time, time::nanoTime);
  public final Authenticator authenticator = new Authenticator(tokens, signature);
  public final Tenancy tenancy = new Tenancy(repository);
  public final Logins logins = new Logins(repository, passwords, time::nanoTime);
  public final IamAdmin admin =
      new IamAdmin(repository, DIRECT, passwords, FAKE_WRAPPING, users, accessKeys, random, time);

  public final Tenant alice = tenant("alice");
  public final Tenant mallory = tenant("mallory");

  /// @param secret of the access key, in clear
  public record Tenant(
      Domain domain, Project project, User user, AccessKeyId accessKey, String secret) {
    public TestSigner signer() {
      return new TestSigner(accessKey.text(), secret.getBytes(StandardCharsets.US_ASCII));
    }
  }

  /// Tokens as another instance, or this one after a restart, would check them.
  public Tokens tokensUnder(byte[] key) {
    return new Tokens(
        new KeyMaterial(key.clone()), users, new SteadyClock(time, time::nanoTime), random);
  }

  public Tokens tokensAfterRestart() {
    return tokensUnder(TOKEN_KEY);
  }

  public String tokenOf(Tenant tenant) {
    return tokens.issue(tenant.user(), Optional.of(tenant.project().id())).text();
  }

  public void pass(Duration duration) {
    time.pass(duration);
  }

  private Tenant tenant(String name) {
    var domain = new Domain(DomainId.random(), new Name(name + "-domain"));
    var project = new Project(ProjectId.random(), domain.id(), new Name("cn-north-4"));
    var user =
        new User(
            UserId.random(),
            domain.id(),
            new Name(name),
            // Cheap on purpose: what Argon2 costs is not what these tests are about.
            new Argon2Text(64, 1, 1).hash(new Password(PASSWORD), new byte[Argon2id.SALT_BYTES]),
            0,
            true);
    var accessKey = new AccessKeyId(("AK" + name + "00000000000000000000").substring(0, 20));
    String secret = "secret-of-" + name;
    repository.insert(domain);
    repository.insert(project);
    repository.insert(user);
    repository.insert(
        new AccessKey(
            accessKey,
            user.id(),
            Bytes.owning(flipped(secret.getBytes(StandardCharsets.US_ASCII))),
            true,
            START,
            ""));
    return new Tenant(domain, project, user, accessKey, secret);
  }
}
