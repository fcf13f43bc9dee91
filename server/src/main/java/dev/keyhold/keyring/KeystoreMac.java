package dev.keyhold.keyring;

import dev.keyhold.key.Keystore;
import dev.keyhold.key.StoredKeystore;
import dev.keyhold.seal.CanonicalRow;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;

/// The MAC over a keystore's row, under a key of the instance: whoever can write to the database
/// but has no root key can't enable a keystore or exchange its KEK.
final class KeystoreMac {
  private static final String PURPOSE = "keystore-row";
  private static final int FORMAT = 1;
  private static final KekScope SCOPE = new KekScope.Instance();

  private final Keks keks;

  KeystoreMac(Keks keks) {
    this.keks = keks;
  }

  StoredKeystore sign(Keystore keystore) {
    return new StoredKeystore(keystore, keks.mac(SCOPE, PURPOSE, canonical(keystore)));
  }

  boolean isIntact(StoredKeystore stored) {
    return keks.macMatches(SCOPE, PURPOSE, canonical(stored.keystore()), stored.mac());
  }

  /// @throws IntegrityException when the row was altered
  Keystore checked(StoredKeystore stored) {
    Keystore keystore = stored.keystore();
    if (!isIntact(stored)) {
      throw IntegrityException.reported(keystore.id(), "the MAC of its row does not match");
    }
    return keystore;
  }

  private static byte[] canonical(Keystore keystore) {
    return new CanonicalRow(FORMAT)
        .text(keystore.id().text())
        .text(keystore.domain().text())
        .text(keystore.name().text())
        .text(keystore.cluster())
        .number(keystore.enabled() ? 1 : 0)
        .number(keystore.createdAt().toEpochMilli())
        .blob(keystore.kek())
        .bytes();
  }
}
