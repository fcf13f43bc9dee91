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

  private final Seal seal;
  private final KekRepository repository;
  private final KekCache cache;

  public Keks(Seal seal, KekRepository repository) {
    this(seal, repository, CACHED_KEKS);
  }

  /// @param cached how many KEKs are held in memory, twice as many as there are scopes in use: a
  ///   scope's newest one is held as that and by its number
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

  /// To be called in the transaction that stores what was wrapped: nothing may be kept under a KEK
  /// that is in memory alone. A store that lost its last changes, as one does that fails over to a
  /// copy that lagged, may have lost it; then it is forgotten here, and the next attempt makes
  /// another.
  ///
  /// @throws Unavailable when it is not in the store
  public void requireStored(KekScope scope) {
    try (Kek kek = newest(scope)) {
      if (!repository.has(new StoredKek(scope.storedName(), kek.version(), kek.wrapped()))) {
        cache.clear();
        LOG.error(
            "the key-encryption key of {} is not in the store, which must have lost its last"
                + " changes; what is in memory of such keys is forgotten",
            scope.storedName());
        throw new Unavailable("the key-encryption key of " + scope.storedName());
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
    try (Kek kek = numbered(scope, le32(bytes, 1)).orElseThrow(() -> altered(identity))) {
      byte[] sealed = Arrays.copyOfRange(bytes, HEADER_BYTES, bytes.length);
      return kek.wrapping()
          .open(sealed, rowAad(scope, kek.version(), identity))
          .orElseThrow(() -> altered(identity));
    }
  }

  /// A MAC over the columns of a row, under a key for `purpose` derived from the newest KEK.
  ///
  /// @param canonicalRow an encoding that no other row has
  /// @return 36 bytes
  public Bytes mac(KekScope scope, String purpose, byte[] canonicalRow) {
    try (Kek kek = newest(scope)) {
      return mac(kek, purpose, canonicalRow);
    }
  }

  /// Whether `mac` is what [#mac] gave for this scope, purpose and row, under any version of the
  /// KEK.
  public boolean macMatches(KekScope scope, String purpose, byte[] canonicalRow, Bytes mac) {
    if (mac.length() != MAC_BYTES) {
      return false;
    }
    Optional<Kek> found = numbered(scope, le32(mac.lent(), 0));
    if (found.isEmpty()) {
      return false;
    }
    try (Kek kek = found.get()) {
      return mac(kek, purpose, canonicalRow).equals(mac);
    }
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

  /// Wipes the KEKs in memory. The [Seal] stays the caller's.
  @Override
  public void close() {
    cache.clear();
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

  /// The caller closes it.
  private Kek newest(KekScope scope) {
    var slot = new Slot(scope.storedName(), KekCache.NEWEST);
    return cache
        .get(slot)
        .orElseGet(() -> {
          Blocking.ahead();
          StoredKek stored = repository.newest(slot.scope()).orElseGet(() -> make(slot.scope()));
          return cached(slot, stored);
        });
  }

  /// The caller closes it.
  private Optional<Kek> numbered(KekScope scope, int version) {
    if (version < FIRST_VERSION) {
      return Optional.empty();
    }
    var slot = new Slot(scope.storedName(), version);
    return cache
        .get(slot)
        .or(() -> {
          Blocking.ahead();
          return repository.find(slot.scope(), version).map(stored -> cached(slot, stored));
        });
  }

  private StoredKek make(String scope) {
    try (var secret = new KeyMaterial(Random.bytes(Kek.BYTES))) {
      byte[] wrapped = seal.wrap(secret, kekAad(scope, FIRST_VERSION));
      // Another thread or node may be faster: then theirs is the one.
      return repository.insertIfAbsent(new StoredKek(scope, FIRST_VERSION, Bytes.owning(wrapped)));
    }
  }

  private Kek cached(Slot slot, StoredKek stored) {
    KeyMaterial secret =
        seal.unwrap(stored.wrapped().lent(), kekAad(slot.scope(), stored.version()));
    var kek = new Kek(stored.version(), stored.wrapped(), secret);
    cache.put(slot, kek);
    return kek;
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
