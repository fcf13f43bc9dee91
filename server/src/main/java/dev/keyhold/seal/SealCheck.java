package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.util.Optional;

/// A random value, wrapped under the root key and stored among the KEKs: it opens with the root key
/// that the database was made with, and no other.
public final class SealCheck {
  private static final String SCOPE = "seal-check";
  private static final int VERSION = 1;
  private static final int BYTES = 32;

  private SealCheck() {}

  /// Tells whether this is the database's root key, without writing anything. A database in which
  /// nothing was ever wrapped is content with any.
  ///
  /// @throws SealException when it is another one
  public static void verify(Seal seal, KekRepository keks) {
    Optional<StoredKek> check = keks.newest(SCOPE);
    if (check.isEmpty() && !keks.isEmpty()) {
      throw new SealException(
          "The database has keys but no value to check the root key with: it was tampered with.");
    }
    check.ifPresent(value -> open(seal, value));
  }

  /// Stores the check value, unless there is one, and verifies it.
  ///
  /// @throws SealException as [#verify] does
  public static void establish(Seal seal, KekRepository keks) {
    if (keks.newest(SCOPE).isEmpty()) {
      try (var value = new KeyMaterial(Random.bytes(BYTES))) {
        keks.insertIfAbsent(
            new StoredKek(
                SCOPE, VERSION, Bytes.owning(seal.wrap(value, Keks.kekAad(SCOPE, VERSION)))));
      }
    }
    verify(seal, keks);
  }

  private static void open(Seal seal, StoredKek check) {
    try {
      seal.unwrap(check.wrapped().lent(), Keks.kekAad(check.scope(), check.version())).close();
    } catch (SealException e) {
      throw new SealException(
          "The database does not open with this root key: " + e.getMessage(), e);
    }
  }
}
