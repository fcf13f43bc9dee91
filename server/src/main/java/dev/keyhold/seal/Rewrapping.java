package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes KEKs from one root key to the next. They stay the same keys, so all that they wrap, and
/// each MAC, token and anything else that comes of them stays as it is.
public final class Rewrapping {
  private final Seal old;
  private final Seal next;

  /// @param old which wrapped all KEKs, the check value among them
  /// @param next stays the caller's, as `old` does
  public Rewrapping(Seal old, Seal next) {
    this.old = old;
    this.next = next;
  }

  /// Looks whether all KEKs of a store open, and nothing is missing of what is needed.
  ///
  /// @throws SealException when it does not
  public static void requireSound(List<StoredKek> all, Seal seal) {
    requireOneCheck(all);
    all.forEach(kek -> opened(seal, kek).close());
  }

  /// Wraps all KEKs of a store under the next root key. Each was opened again with it, and is the
  /// one that it was.
  ///
  /// @return what is to be stored instead of each; empty when the store has the next root key
  ///   already
  /// @throws SealException when one of them does not open: nothing must be stored then
  public Optional<Map<StoredKek, StoredKek>> of(List<StoredKek> all) {
    if (Keks.opens(next, requireOneCheck(all))) {
      requireSound(all, next);
      return Optional.empty();
    }
    var wrapped = new LinkedHashMap<StoredKek, StoredKek>();
    all.forEach(kek -> wrapped.put(kek, rewrapped(kek)));
    return Optional.of(wrapped);
  }

  private StoredKek rewrapped(StoredKek kek) {
    // The check value's says how often this has happened.
    int version = isCheck(kek) ? kek.version() + 1 : kek.version();
    try (KeyMaterial secret = opened(old, kek)) {
      byte[] wrapped = next.wrap(secret, Keks.kekAad(kek.scope(), version));
      var stored = new StoredKek(kek.scope(), version, Bytes.owning(wrapped));
      try (KeyMaterial again = opened(next, stored)) {
        if (!secret.lend(one -> again.lend(other -> MessageDigest.isEqual(one, other)))) {
          throw new SealException(
              "The key-encryption key of " + kek.scope() + " came out another.");
        }
      }
      return stored;
    }
  }

  private static KeyMaterial opened(Seal seal, StoredKek kek) {
    try {
      return seal.unwrap(kek.wrapped().lent(), Keks.kekAad(kek.scope(), kek.version()));
    } catch (SealException e) {
      throw new SealException(
          "The key-encryption key of %s, version %d, does not open: %s Nothing was changed; see keyhold store verify."
              .formatted(kek.scope(), kek.version(), e.getMessage()),
          e);
    }
  }

  private static StoredKek requireOneCheck(List<StoredKek> all) {
    List<StoredKek> checks = all.stream().filter(Rewrapping::isCheck).toList();
    if (checks.size() != 1) {
      throw new SealException(
          "The database has %d values to check the root key with, and one is right: it was tampered with."
              .formatted(checks.size()));
    }
    return checks.getFirst();
  }

  private static boolean isCheck(StoredKek kek) {
    return kek.scope().equals(SealCheck.SCOPE);
  }
}
