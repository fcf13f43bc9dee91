package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.util.Optional;

/// A random value, wrapped under the root key and stored among the KEKs: it opens with the root key
/// of the database, and no other. Its version is 1, and one more for each time that the root key
/// was replaced ([Rewrapping]).
public final class SealCheck {
  /// Under which it is stored.
  public static final String SCOPE = "seal-check";

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

  /// Tells whether the database still has this root key, for who is about to wrap a KEK under it.
  ///
  /// @throws SealException when it has another one by now
  static void requireSame(Seal seal, KekRepository keks) {
    keks.newest(SCOPE).ifPresent(value -> open(seal, value));
  }

  private static void open(Seal seal, StoredKek check) {
    try {
      seal.unwrap(check.wrapped().lent(), Keks.kekAad(check.scope(), check.version())).close();
    } catch (SealException e) {
      String replaced =
          " Its root key has been replaced: copy the file of the new one to this node, beside the"
              + " one here, with .new behind its name, and start again.";
      throw new SealException(
          "The database does not open with this root key: "
              + e.getMessage()
              + (check.version() > VERSION ? replaced : ""),
          e);
    }
  }
}
