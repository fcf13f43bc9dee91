package dev.keyhold.keyring;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Keystore;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.KeystoreRepository;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.KeystoreKek;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Dedicated keystores at rest, with a MAC over each row, and the KEKs of those in use in memory.
///
/// A key of a keystore is served while its keystore's KEK is here; [#disable] takes it away before
/// it returns. A KEK that is on its way from the HSM then is not kept ([FollowedCache]).
public final class Keystores implements AutoCloseable {
  /// Each takes a key in the HSM, where there is little room.
  public static final int MOST_PER_DOMAIN = 10;

  private final KeystoreRepository repository;
  private final KeystoreMac mac;
  private final Optional<Hsm> hsm;

  // No bound: there are no more than the HSM has keys.
  private final FollowedCache<KeystoreId, KeystoreKek> open;

  /// Of a store that no other process has.
  public Keystores(KeystoreRepository repository, Keks keks, Optional<Hsm> hsm) {
    this(repository, keks, hsm, Freshness.unshared());
  }

  /// @param hsm where keystores are; without one there are none
  public Keystores(
      KeystoreRepository repository, Keks keks, Optional<Hsm> hsm, Freshness freshness) {
    this.repository = repository;
    this.mac = new KeystoreMac(keks);
    this.hsm = hsm;
    this.open =
        FollowedCache.of(
            Caffeine.newBuilder()
                .executor(Runnable::run) // so that a KEK which leaves is wiped at once
                .removalListener(Keystores::wipe),
            freshness,
            KeystoreKek::close);
  }

  /// The name of the cluster that keystores are made in.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0340` when the operator has none
  public String cluster() {
    return hsm().cluster();
  }

  private Hsm hsm() {
    return hsm.orElseThrow(
        () -> KmsError.KEYSTORE_UNSUPPORTED.rejected("This server has no HSM: see hsm.library."));
  }

  /// Makes a keystore, enabled.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0318` when the domain has one of that
  ///   name, `KMS.0308` when it has [#MOST_PER_DOMAIN], `KMS.0340`
  /// @throws dev.keyhold.error.KmsException.Unavailable when the HSM does not answer
  public Keystore create(DomainId domain, AliasName name, Instant now) {
    Hsm cluster = hsm();
    repository.requireRoom(domain, name, MOST_PER_DOMAIN); // before the HSM keeps a key for nothing
    KeystoreId id = KeystoreId.random();
    Bytes kek = Bytes.owning(KeystoreKek.create(cluster, id, domain));
    var keystore = new Keystore(id, domain, name, cluster.cluster(), true, now, kek);
    repository.insert(mac.sign(keystore), MOST_PER_DOMAIN);
    return keystore;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0316` when the domain has no such
  ///   keystore
  public Keystore load(DomainId domain, KeystoreId id) {
    return find(id)
        .filter(keystore -> keystore.domain().equals(domain))
        .orElseThrow(KmsError.KEYSTORE_NOT_FOUND::rejected);
  }

  public List<Keystore> page(DomainId domain, long offset, int limit) {
    return Listed.sound(repository.page(domain, offset, limit), mac::checked);
  }

  public long count(DomainId domain) {
    return repository.count(domain);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0316`
  public Keystore enable(DomainId domain, KeystoreId id) {
    return replace(load(domain, id).withEnabled(true));
  }

  /// In force on this node when it returns: no key of the keystore is served any more.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0316`
  public Keystore disable(DomainId domain, KeystoreId id) {
    Keystore disabled = replace(load(domain, id).withEnabled(false));
    forget(id);
    return disabled;
  }

  private Keystore replace(Keystore next) {
    if (!repository.replace(mac.sign(next))) {
      throw KmsError.KEYSTORE_NOT_FOUND.rejected();
    }
    return next;
  }

  /// Deletes a keystore without keys. The HSM's key stays: only the operator destroys what a backup
  /// may still need.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0316`; `KMS.0308` while it has keys
  public void delete(DomainId domain, KeystoreId id) {
    load(domain, id);
    if (!repository.deleteEmpty(id)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "The keystore still has keys: let their deletion come to its end first.");
    }
    forget(id);
  }

  /// For a key to be made: the keystore exists and is enabled, and stays so long as the transaction
  /// around this.
  void hold(DomainId domain, KeystoreId id) {
    if (!repository.hold(id)) {
      throw KmsError.KEYSTORE_NOT_FOUND.rejected();
    }
    requireEnabled(domain, id);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0316`, `KMS.0317`
  public void requireEnabled(DomainId domain, KeystoreId id) {
    requireEnabled(load(domain, id));
  }

  /// Whether the keys of a keystore may be served from memory.
  boolean serves(KeystoreId id) {
    return open.find(id).isPresent();
  }

  /// Takes the KEK from memory. Whoever changes a keystore elsewhere calls this here.
  public void forget(KeystoreId id) {
    open.forget(id);
  }

  private static void wipe(
      @Nullable KeystoreId id, @Nullable KeystoreKek leaving, RemovalCause cause) {
    if (leaving != null) {
      leaving.close();
    }
  }

  KeyMaterial wrap(DomainId domain, KeystoreId id, RowIdentity identity, KeyMaterial secret) {
    return with(domain, id, KeystoreKek::wrap, identity, secret);
  }

  KeyMaterial unwrap(DomainId domain, KeystoreId id, RowIdentity identity, KeyMaterial wrapped) {
    return with(domain, id, KeystoreKek::unwrap, identity, wrapped);
  }

  private interface Step {
    Optional<KeyMaterial> run(KeystoreKek kek, RowIdentity identity, KeyMaterial material);
  }

  private KeyMaterial with(
      DomainId domain, KeystoreId id, Step step, RowIdentity identity, KeyMaterial material) {
    return step.run(kek(domain, id), identity, material)
        // Closed between the two: by a change that forbids its use.
        .or(() -> step.run(kek(domain, id), identity, material))
        .orElseThrow(KmsError.KEYSTORE_NOT_ENABLED::rejected);
  }

  private KeystoreKek kek(DomainId domain, KeystoreId id) {
    Optional<KeystoreKek> known = open.find(id);
    if (known.isPresent()) {
      return known.get();
    }
    Blocking.ahead();
    return open.load(id, missing -> Optional.of(opened(domain, missing))).orElseThrow();
  }

  private KeystoreKek opened(DomainId domain, KeystoreId id) {
    Keystore keystore = load(domain, id);
    requireEnabled(keystore);
    try {
      return KeystoreKek.open(hsm(), id, domain, keystore.kek().lent());
    } catch (SealException e) {
      throw IntegrityException.reported(id, String.valueOf(e.getMessage()));
    }
  }

  private static void requireEnabled(Keystore keystore) {
    if (!keystore.enabled()) {
      throw KmsError.KEYSTORE_NOT_ENABLED.rejected();
    }
  }

  private Optional<Keystore> find(KeystoreId id) {
    return repository.find(id).map(mac::checked);
  }

  /// Takes all KEKs from memory.
  public void forgetAll() {
    open.forgetAll();
  }

  @Override
  public void close() {
    forgetAll();
  }
}
