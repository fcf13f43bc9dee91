package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Hmac;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException.Unavailable;
import dev.keyhold.seal.KekCache.Slot;
import dev.keyhold.seal.KekRepository.StoredKek;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The key-encryption keys of the instance and of the projects: whatever Keyhold stores of a secret
/// is wrapped by one of them, and they by the root key. A scope's first KEK is made when it is first
/// needed; that must not be inside a transaction, which might yet be undone.
///
/// A wrapped secret reads:
///
///     offset  bytes
///          0      1  format, 0x01
///          1      4  version of the KEK, LE32, from 1
///          5     24  nonce
///         29   n+16  XAES-256-GCM ciphertext and tag, AAD = scope, KEK version, row identity
///
/// A row MAC is the version of its KEK, LE32, and 32 bytes of HMAC-SHA256.
public final class Keks implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Keks.class);
  private static final byte FORMAT = 1;
  private static final int HEADER_BYTES = 1 + Integer.BYTES;
  private static final int MAC_BYTES = Integer.BYTES + Hmac.BYTES;
  private static final int FIRST_VERSION = 1;
  private static final int CACHED_KEKS = 1_024;

  /// What [#wrap] made for a row.
  public record Wrapped(RowIdentity row, Bytes bytes) {}

  private final Seal seal;
  private final KekRepository repository;
  private final KekCache cache;

  public Keks(Seal seal, KekRepository repository) {
    this(seal, repository, CACHED_KEKS);
  }

  /// @param cached how many KEKs are held in memory
  public Keks(Seal seal, KekRepository repository, int cached) {
    this.seal = seal;
    this.repository = repository;
    this.cache = new KekCache(cached);
  }

  /// Wraps a secret for the row `identity`, under the newest KEK. `secret` stays the caller's.
  public Bytes wrap(KekScope scope, RowIdentity identity, KeyMaterial secret) {
    try (Kek kek = newest(scope)) {
      byte[] aad = rowAad(scope, kek.version(), identity);
      byte[] sealed = secret.lend(bytes -> kek.wrapping().seal(bytes, aad));
      byte[] wrapped = new byte[HEADER_BYTES + sealed.length];
      wrapped[0] = FORMAT;
      System.arraycopy(Canonical.le32(kek.version()), 0, wrapped, 1, Integer.BYTES);
      System.arraycopy(sealed, 0, wrapped, HEADER_BYTES, sealed.length);
      return Bytes.owning(wrapped);
    }
  }

  /// Makes the scope's first KEK unless it has one. To be called before a transaction that needs
  /// one and may be the first to.
  public void establish(KekScope scope) {
    newest(scope).close();
  }

  /// To be called in the transaction that stores what was wrapped: nothing may be kept under a KEK
  /// that is in memory alone, so all of it has to open under one that the transaction sees. A store
  /// that lost its last changes, as one does that fails over to a copy that lagged, may have lost
  /// the KEK, and another node may have made another of the same number since.
  ///
  /// @throws Unavailable when it is not; the next attempt wraps under what is in the store
  public void requireStored(KekScope scope, List<Wrapped> secrets) {
    if (secrets.isEmpty()) {
      return;
    }
    try (Kek kek = stored(scope)) {
      for (Wrapped secret : secrets) {
        open(kek, scope, secret.row(), secret.bytes()).orElseThrow(() -> lost(scope)).close();
      }
    }
  }

  /// @throws SealException when `wrapped` was not made by [#wrap] for this scope and row, or was
  ///   altered
  public KeyMaterial unwrap(KekScope scope, RowIdentity identity, Bytes wrapped) {
    byte[] bytes = wrapped.lent();
    if (bytes.length < HEADER_BYTES || bytes[0] != FORMAT) {
      throw altered(identity);
    }
    return under(scope, le32(bytes, 1), kek -> open(kek, scope, identity, wrapped))
        .orElseThrow(() -> altered(identity));
  }

  private static Optional<KeyMaterial> open(
      Kek kek, KekScope scope, RowIdentity identity, Bytes wrapped) {
    byte[] bytes = wrapped.lent();
    byte[] sealed = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
    return kek.wrapping().open(sealed, rowAad(scope, kek.version(), identity));
  }

  /// A MAC over the columns of a row, under a key for `purpose` derived from the newest KEK, which
  /// is in the store. To be called in the transaction that stores the row, so that it stays so.
  ///
  /// @param canonicalRow an encoding that no other row has
  /// @return 36 bytes
  /// @throws Unavailable as [#requireStored]
  public Bytes mac(KekScope scope, String purpose, byte[] canonicalRow) {
    try (Kek kek = stored(scope)) {
      return mac(kek, purpose, canonicalRow);
    }
  }

  /// Whether `mac` is what [#mac] gave for this scope, purpose and row, under any version of the
  /// KEK.
  public boolean macMatches(KekScope scope, String purpose, byte[] canonicalRow, Bytes mac) {
    if (mac.length() != MAC_BYTES) {
      return false;
    }
    return under(
            scope,
            le32(mac.lent(), 0),
            kek -> Optional.of(kek).filter(it -> mac(it, purpose, canonicalRow).equals(mac)))
        .isPresent();
  }

  /// A key for `purpose`, the same at each call until the KEK is rotated: HKDF-SHA256 of the newest
  /// KEK.
  ///
  /// @param bytes its length
  public KeyMaterial derive(KekScope scope, String purpose, int bytes) {
    try (Kek kek = newest(scope)) {
      return kek.derive("derived", purpose, bytes);
    }
  }

  /// Whether `seal` opens a stored KEK as what its row says.
  public static boolean opens(Seal seal, StoredKek stored) {
    try {
      seal.unwrap(stored.wrapped().lent(), kekAad(stored.scope(), stored.version())).close();
      return true;
    } catch (SealException _) {
      return false;
    }
  }

  /// Takes all KEKs from memory: the store may have others now.
  public void forgetAll() {
    cache.clear();
  }

  /// Wipes the KEKs in memory. The [Seal] stays the caller's.
  @Override
  public void close() {
    forgetAll();
  }

  /// What a KEK is wrapped with: it opens as this version of this scope alone.
  static byte[] kekAad(String scope, int version) {
    return Canonical.encode("keyhold kek v1", scope, Integer.toString(version));
  }

  private static byte[] rowAad(KekScope scope, int version, RowIdentity identity) {
    byte[] owner =
        Canonical.encode(List.of("keyhold row v1", scope.storedName(), Integer.toString(version)));
    byte[] row = identity.canonical();
    byte[] aad = Arrays.copyOf(owner, owner.length + row.length);
    System.arraycopy(row, 0, aad, owner.length, row.length);
    return aad;
  }

  private static Bytes mac(Kek kek, String purpose, byte[] canonicalRow) {
    byte[] mac = new byte[MAC_BYTES];
    System.arraycopy(Canonical.le32(kek.version()), 0, mac, 0, Integer.BYTES);
    byte[] hmac = kek.macKey(purpose).lend(key -> Hmac.sha256(key, canonicalRow));
    System.arraycopy(hmac, 0, mac, Integer.BYTES, Hmac.BYTES);
    return Bytes.owning(mac);
  }

  /// The newest KEK, which the transaction around the call sees in the store. The caller closes it.
  private Kek stored(KekScope scope) {
    Kek kek = newest(scope);
    try {
      if (!repository.has(new StoredKek(scope.storedName(), kek.version(), kek.wrapped()))) {
        forgetAll(); // it is not the only one that was lost, if it was
        throw lost(scope);
      }
      return kek;
    } catch (RuntimeException e) {
      kek.close();
      throw e;
    }
  }

  private static Unavailable lost(KekScope scope) {
    LOG.error(
        "the key-encryption key of {} in memory is not the one in the store, which must have lost"
            + " its last changes; what was about to be stored under it is not",
        scope.storedName());
    return new Unavailable("the key-encryption key of " + scope.storedName());
  }

  /// The caller closes it.
  private Kek newest(KekScope scope) {
    String name = scope.storedName();
    return cache
        .newest(name)
        .orElseGet(() -> {
          Blocking.ahead();
          Kek kek = opened(repository.newest(name).orElseGet(() -> make(name)));
          cache.putNewest(new Slot(name, kek.version()), kek);
          return kek;
        });
  }

  /// What comes of a KEK. If nothing does, and the store has another one under that number, because
  /// it has lost the one in memory, then what comes of that.
  private <T> Optional<T> under(KekScope scope, int version, Function<Kek, Optional<T>> use) {
    if (version < FIRST_VERSION) {
      return Optional.empty();
    }
    var slot = new Slot(scope.storedName(), version);
    Optional<Kek> known = cache.get(slot).or(() -> read(slot));
    if (known.isEmpty()) {
      return Optional.empty();
    }
    try (Kek kek = known.get()) {
      return use.apply(kek).or(() -> underAnother(slot, kek, use));
    }
  }

  private <T> Optional<T> underAnother(Slot slot, Kek kek, Function<Kek, Optional<T>> use) {
    Blocking.ahead();
    Optional<StoredKek> stored = repository.find(slot.scope(), slot.version());
    if (stored.filter(it -> it.wrapped().equals(kek.wrapped())).isPresent()) {
      return Optional.empty();
    }
    LOG.warn(
        "the key-encryption key of {} in memory is not the one in the store, which must have lost"
            + " its last changes: the one in memory is forgotten",
        slot.scope());
    cache.remove(slot, kek);
    return stored.flatMap(it -> {
      try (Kek other = cached(slot, it)) {
        return use.apply(other);
      }
    });
  }

  /// The caller closes it.
  private Optional<Kek> read(Slot slot) {
    Blocking.ahead();
    return repository.find(slot.scope(), slot.version()).map(stored -> cached(slot, stored));
  }

  private StoredKek make(String scope) {
    if (repository.inTransaction()) { // as when it was forgotten within; the next attempt makes it
      throw new Unavailable("the key-encryption key of " + scope);
    }
    try (var secret = new KeyMaterial(Random.bytes(Kek.BYTES))) {
      byte[] wrapped = seal.wrap(secret, kekAad(scope, FIRST_VERSION));
      // Another thread or node may be faster: then theirs is the one.
      return repository.insertIfAbsent(
          new StoredKek(scope, FIRST_VERSION, Bytes.owning(wrapped)),
          keks -> SealCheck.requireSame(seal, keks));
    } catch (SealException replaced) {
      // Under a root key that is on its way out it would be lost, and all that it wraps.
      LOG.error("no key-encryption key is made for {}: {}", scope, replaced.getMessage());
      throw new Unavailable("the root key of the key store");
    }
  }

  private Kek cached(Slot slot, StoredKek stored) {
    Kek kek = opened(stored);
    cache.put(slot, kek);
    return kek;
  }

  private Kek opened(StoredKek stored) {
    KeyMaterial secret =
        seal.unwrap(stored.wrapped().lent(), kekAad(stored.scope(), stored.version()));
    return new Kek(stored.version(), stored.wrapped(), secret);
  }

  private static int le32(byte[] bytes, int offset) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(offset);
  }

  private static SealException altered(RowIdentity identity) {
    return new SealException(
        "A secret in the row "
            + identity.rowId()
            + " of "
            + identity.table()
            + " does not open: the row was altered, or moved from another.");
  }
}
