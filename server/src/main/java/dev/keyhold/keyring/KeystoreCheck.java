package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.KeystoreKek;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// Tells of dedicated keystores, and of the keys in them, whether they are as Keyhold wrote them:
/// as far as the HSM helps. Used by one thread.
public final class KeystoreCheck implements AutoCloseable {
  private final KeystoreMac mac;
  private final Optional<Hsm> hsm;
  private final Map<KeystoreId, KeystoreKek> open = new HashMap<>();
  private long closedKeystores;
  private long closedMaterial;

  /// @param hsm without one, rows are checked and what is inside them is not
  public KeystoreCheck(Keks keks, Optional<Hsm> hsm) {
    this.mac = new KeystoreMac(keks);
    this.hsm = hsm;
  }

  /// To be called for each keystore before the material in them.
  public Optional<String> keystore(StoredKeystore stored) {
    Keystore keystore = stored.keystore();
    if (!mac.isIntact(stored)) {
      return Optional.of("its MAC does not match");
    }
    if (hsm.filter(it -> it.cluster().equals(keystore.cluster())).isEmpty()) {
      closedKeystores++;
      return Optional.empty();
    }
    try {
      open.put(
          keystore.id(),
          KeystoreKek.open(hsm.get(), keystore.id(), keystore.domain(), keystore.kek().lent()));
      return Optional.empty();
    } catch (KmsException.Unavailable _) {
      closedKeystores++;
      return Optional.empty();
    } catch (SealException _) {
      return Optional.of("its key-encryption key does not open with the HSM");
    }
  }

  /// What was inside the project's wrapping.
  ///
  /// @return empty when it can't be opened here
  /// @throws SealException when it was altered
  Optional<KeyMaterial> open(Cmk cmk, RowIdentity identity, KeyMaterial inner) {
    Optional<KeyMaterial> encoded =
        cmk.dedicatedKeystore()
            .flatMap(id -> Optional.ofNullable(open.get(id)))
            .flatMap(kek -> kek.unwrap(identity, inner));
    if (encoded.isEmpty()) {
      closedMaterial++;
    }
    return encoded;
  }

  /// What could not be looked at, as a sentence for the operator.
  public Optional<String> unchecked() {
    return closedKeystores == 0 && closedMaterial == 0
        ? Optional.empty()
        : Optional.of(
            "Not checked, since the HSM is not there: the key-encryption keys of %d keystores, and what is inside the project's wrapping of %d key versions."
                .formatted(closedKeystores, closedMaterial));
  }

  @Override
  public void close() {
    open.values().forEach(KeystoreKek::close);
  }
}
