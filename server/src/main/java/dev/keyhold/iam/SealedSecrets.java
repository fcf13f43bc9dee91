package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;

/// Access-key secrets wrapped under the instance's KEK.
public final class SealedSecrets implements AccessKeySecrets {
  private static final KekScope SCOPE = new KekScope.Instance();

  private final Keks keks;

  public SealedSecrets(Keks keks) {
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
    return new RowIdentity("access_key", id.text(), user.text());
  }
}
