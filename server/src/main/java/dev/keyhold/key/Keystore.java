package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;
import java.time.Instant;

/// A dedicated keystore: keys whose material opens only with a key inside an HSM.
///
/// @param name `keystore_alias`, unique within `domain`
/// @param cluster of HSMs, by the name that the operator gave it
/// @param kek the keystore's key-encryption key, wrapped inside the HSM
public record Keystore(
    KeystoreId id,
    DomainId domain,
    AliasName name,
    String cluster,
    boolean enabled,
    Instant createdAt,
    Bytes kek) {

  public Keystore withEnabled(boolean next) {
    return new Keystore(id, domain, name, cluster, next, createdAt, kek);
  }
}
