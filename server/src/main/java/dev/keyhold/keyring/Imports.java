package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredTime;
import dev.keyhold.seal.Keks;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalInt;

/// Material that comes from outside: the parameters to wrap it with, its import, its end. What a
/// key has lost must come back as it was; other material comes as new one, to rotate to.
public final class Imports {
  private static final Duration TOKEN_LIFE = Duration.ofHours(24);
  private static final int BATCH = 100;

  /// @param token to be brought back with the material, by `expiresAt`
  /// @param publicKey SPKI DER, to wrap the material under
  public record Parameters(Bytes token, Instant expiresAt, Bytes publicKey) {}

  /// @param type what material this is to be
  /// @param token as [Parameters] had it
  /// @param encryptedKeyMaterial the secret key, or for a key pair the temporary key that wraps the
  ///   private key; wrapped under the public key
  /// @param encryptedPrivateKey PKCS#8 DER under the temporary key; for key pairs alone
  /// @param expiresAt when the material is to be deleted; not for key pairs
  public record Delivery(
      ImportType type,
      Bytes token,
      Bytes encryptedKeyMaterial,
      Optional<Bytes> encryptedPrivateKey,
      Optional<Instant> expiresAt) {}

  private final CmkVault vault;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final Keks keks;
  private final ImportPrint prints;
  private final InstantSource clock;
  private final InstantSource patient;

  /// @param patient says when material has expired and is to be deleted
  public Imports(
      CmkVault vault,
      Keyring keyring,
      KeyGenerator generator,
      Keks keks,
      InstantSource clock,
      InstantSource patient) {
    this.vault = vault;
    this.keyring = keyring;
    this.generator = generator;
    this.keks = keks;
    this.prints = new ImportPrint(keks);
    this.clock = clock;
    this.patient = patient;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or as [ImportType#require]
  public Parameters parameters(
      ProjectId project, KeyId id, ImportType type, WrappingAlgorithm algorithm) {
    type.require(vault.load(project, id));
    Instant expiresAt = Instant.ofEpochSecond(now().plus(TOKEN_LIFE).getEpochSecond());
    try (Material.Pair wrapping = generator.pair(algorithm.pair());
        var token = new ImportToken(algorithm, expiresAt, wrapping.pair().privateKey())) {
      return new Parameters(token.seal(keks, project, id), expiresAt, wrapping.pair().publicKey());
    }
  }

  /// Imports a key's material: what it has lost, which enables the key when nothing is missing any
  /// more, or what it is to rotate to. In force when this returns.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, as [Cmk#materialImported] or
  ///   [Cmk#nextMaterialImported], `KMS.0308` for new material that is not new, by the token
  ///   `KMS.2601`, `KMS.2603`, `KMS.2605`, by the material `KMS.0311`, `KMS.2604`, `KMS.2606`,
  ///   `KMS.2608`, `KMS.2609`, `KMS.2610`
  public Cmk importMaterial(ProjectId project, KeyId id, Delivery delivery) {
    Cmk imported =
        vault.changeMaterial(
            project,
            id,
            cmk -> {
              delivery.type().require(cmk);
              try (Material material = opened(cmk, delivery)) {
                return imported(cmk, material, delivery);
              }
            });
    keyring.invalidate(id);
    return imported;
  }

  private Material opened(Cmk cmk, Delivery delivery) {
    try (var token =
            ImportToken.open(keks, cmk.project(), cmk.id(), delivery.token().lent(), now());
        KeyMaterial unwrapped =
            token
                .algorithm()
                .unwrap(token.privateKey(), delivery.encryptedKeyMaterial().lent())
                .orElseThrow(KmsError.UNWRAP_FAILED::rejected)) {
      return cmk.spec().family().isKeyPair()
          ? pair(cmk.spec(), unwrapped, delivery.encryptedPrivateKey())
          : secret(cmk.spec(), unwrapped, delivery.encryptedPrivateKey());
    }
  }

  private static Material secret(KeySpec spec, KeyMaterial unwrapped, Optional<Bytes> privateKey) {
    if (privateKey.isPresent()) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "encrypted_privatekey is for key pairs, and the key's spec is " + spec + ".");
    }
    if (unwrapped.length() != spec.materialBytes()) {
      throw KmsError.MATERIAL_LENGTH.rejected(
          "Material for " + spec + " has " + spec.materialBytes() + " bytes.");
    }
    return new Material.Secret(new KeyMaterial(unwrapped.lend(byte[]::clone)));
  }

  private Material pair(KeySpec spec, KeyMaterial temporaryKey, Optional<Bytes> privateKey) {
    byte[] wrapped =
        privateKey
            .orElseThrow(
                () -> KmsError.PRIVATE_KEY_ABSENT.rejected("encrypted_privatekey is required."))
            .lent();
    try (KeyMaterial pkcs8 =
        keyWrap(spec, temporaryKey.length())
            .unwrap(temporaryKey, wrapped)
            .orElseThrow(KmsError.PRIVATE_KEY_INVALID::rejected)) {
      return generator
          .ofPrivate(Material.pairSpec(spec), pkcs8)
          .orElseThrow(() ->
              KmsError.PRIVATE_KEY_INVALID.rejected(
                  "It must be a sound key of spec " + spec + " in PKCS#8 DER."));
    }
  }

  /// An SM2 key comes under SM4 if the temporary key is one, and may come under AES-256, for which
  /// there are more tools.
  private static KeyWrap keyWrap(KeySpec spec, int temporaryKeyBytes) {
    return switch (temporaryKeyBytes) {
      case 16 -> spec == KeySpec.SM2 ? KeyWrap.SM4_KWP : KeyWrap.AES_KWP;
      case 32 -> KeyWrap.AES_KWP;
      default -> throw KmsError.TEMPORARY_KEY_LENGTH.rejected();
    };
  }

  private MaterialChange imported(Cmk cmk, Material material, Delivery delivery) {
    try (KeyMaterial encoded = material.encode()) {
      OptionalInt known = prints.version(cmk, encoded);
      Bytes print = prints.of(cmk, encoded);
      return switch (delivery.type()) {
        case EXISTING -> {
          if (cmk.imported().isPresent() && known.isEmpty()) {
            throw KmsError.MATERIAL_DIFFERS.rejected();
          }
          int version = known.orElse(0);
          Cmk next = cmk.materialImported(version, print, delivery.expiresAt());
          yield added(next, version, material);
        }
        case NEW -> {
          if (known.isPresent() && known.getAsInt() <= cmk.currentVersion()) {
            throw KmsError.INVALID_PARAMETER.rejected(
                "The key has this material already; NEW_KEY_MATERIAL is other material.");
          }
          Cmk next = cmk.nextMaterialImported(print, delivery.expiresAt());
          yield added(next, next.currentVersion() + 1, material);
        }
      };
    }
  }

  private MaterialChange added(Cmk next, int version, Material material) {
    return new MaterialChange.Added(next, vault.wrapped(next, version, material, now()));
  }

  /// Deletes a key's imported material; in force when this returns.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or as [Cmk#materialDeleted]
  public Cmk deleteMaterial(ProjectId project, KeyId id) {
    Cmk deleted =
        vault.changeMaterial(project, id, cmk -> new MaterialChange.Erased(cmk.materialDeleted()));
    keyring.invalidate(id);
    return deleted;
  }

  /// Deletes all imported material that has expired.
  ///
  /// @return of how many keys
  public int deleteExpired() {
    Instant now = StoredTime.now(patient);
    int deleted = 0;
    int before;
    do {
      before = deleted;
      for (Cmk cmk : vault.due().withExpiredMaterial(now, BATCH)) {
        if (vault
            .due()
            .attempt(cmk, () -> vault.store(new MaterialChange.Erased(cmk.materialExpired(now))))) {
          keyring.invalidate(cmk.id());
          deleted++;
        }
      }
    } while (deleted > before);
    return deleted;
  }

  /// Of how many keys material has expired by the time given, counted up to `most`.
  public int countExpired(Instant time, int most) {
    return vault.due().countWithExpiredMaterial(time, most);
  }

  private Instant now() {
    return StoredTime.now(clock);
  }
}
