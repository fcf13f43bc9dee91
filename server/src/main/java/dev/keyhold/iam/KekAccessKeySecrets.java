package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;

/// Wraps access keys' secrets under the instance's KEK. The row's identity is the access key's id
/// and its user, so a row moved to another user, or a secret to another row, does not open.
public final class KekAccessKeySecrets implements AccessKeySecrets {
  private static final KekScope SCOPE = new KekScope.Instance();
  private static final String TABLE = "access_key";

  private final Keks keks;

  public KekAccessKeySecrets(Keks keks) {
    this.keks = keks;
  }

  @Override
  public Bytes wrap(AccessKeyId id, UserId user, KeyMaterial secret) {
    return keks.wrap(SCOPE, identity(id, user), secret);
  }

  @Override
  public KeyMaterial unwrap(AccessKey key) {
    return keks.unwrap(SCOPE, identity(key.id(), key.user()), key.wrappedSecret());
  }

  private static RowIdentity identity(AccessKeyId id, UserId user) {
    return new RowIdentity(TABLE, id.text(), user.text());
  }
}
