package dev.keyhold.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.AccessKeyId;
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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A store with two domains.
abstract class IamContract extends StoreContract {
  static final PasswordHash HASH = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGE");
  static final PasswordHash OTHER = new PasswordHash("$argon2id$v=19$m=8,t=1,p=1$c2E$aGI");
  static final Instant CREATED = Instant.ofEpochMilli(1_770_000_000_123L);
  @TempDir Path rootFolder;
  final Domain domain = new Domain(DomainId.random(), new Name("acme"));
  final Domain other = new Domain(DomainId.random(), new Name("Acme"));
  final User user = user(domain, "alice");
  Keks keks;

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

  static Project project(Domain domain, String name) {
    return new Project(ProjectId.random(), domain.id(), new Name(name));
  }

  static User user(Domain domain, String name) {
    return new User(UserId.random(), domain.id(), new Name(name), HASH, 0, true);
  }

  static AccessKey accessKey(User user, String id) {
    return new AccessKey(
        new AccessKeyId(id),
        user.id(),
        Bytes.owning(new byte[] {1, 2, 3}),
        true,
        CREATED,
        "for tests");
  }
}
