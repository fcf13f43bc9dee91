package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.KeyWrap;
import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;

/// Material that comes from outside: the parameters to wrap it with, its import, its end. What a
/// key was first imported with is the only material it will ever take.
public final class Imports {
  private static final Duration TOKEN_LIFE = Duration.ofHours(24);
  private static final String FINGERPRINT = "imported-material";
  private static final int BATCH = 100;

  /// @param token to be brought back with the material, by `expiresAt`
  /// @param publicKey SPKI DER, to wrap the material under
  public record Parameters(Bytes token, Instant expiresAt, Bytes publicKey) {}

  /// @param token as [Parameters] had it
  /// @param encryptedKeyMaterial the secret key, or for a key pair the temporary key that wraps the
  ///   private key; wrapped under the public key
  /// @param encryptedPrivateKey PKCS#8 DER under the temporary key; for key pairs alone
  /// @param expiresAt when the material is to be deleted; not for key pairs
  public record Delivery(
      Bytes token,
      Bytes encryptedKeyMaterial,
      Optional<Bytes> encryptedPrivateKey,
      Optional<Instant> expiresAt) {}

  private final CmkVault vault;
  private final Keyring keyring;
  private final KeyGenerator generator;
  private final Keks keks;
  private final InstantSource clock;

  public Imports(
      CmkVault vault, Keyring keyring, KeyGenerator generator, Keks keks, InstantSource clock) {
    this.vault = vault;
    this.keyring = keyring;
    this.generator = generator;
    this.keks = keks;
    this.clock = clock;
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, or as [Cmk#requireImportable]
  public Parameters parameters(ProjectId project, KeyId id, WrappingAlgorithm algorithm) {
    vault.load(project, id).requireImportable();
    Instant expiresAt = Instant.ofEpochSecond(now().plus(TOKEN_LIFE).getEpochSecond());
    try (Material.Pair wrapping = generator.pair(algorithm.pair());
        var token = new ImportToken(algorithm, expiresAt, wrapping.pair().privateKey())) {
      return new Parameters(token.seal(keks, project, id), expiresAt, wrapping.pair().publicKey());
    }
  }

  /// Imports a key's material and enables the key; in force when this returns.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, as [Cmk#materialImported], by the
  ///   token `KMS.2601`, `KMS.2603`, `KMS.2605`, by the material `KMS.0311`, `KMS.2604`,
  ///   `KMS.2606`, `KMS.2608`, `KMS.2609`, `KMS.2610`
  public Cmk importMaterial(ProjectId project, KeyId id, Delivery delivery) {
    Cmk imported =
        vault.changeMaterial(
            project,
            id,
            cmk -> {
              cmk.requireImportable();
              try (Material material = opened(cmk, delivery)) {
                return imported(cmk, material, delivery.expiresAt());
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

  private MaterialChange imported(Cmk cmk, Material material, Optional<Instant> expiresAt) {
    var scope = new KekScope.OfProject(cmk.project());
    byte[] content = identified(cmk, material);
    try {
      boolean differs =
          cmk.imported()
              .filter(before -> !keks.macMatches(scope, FINGERPRINT, content, before.fingerprint()))
              .isPresent();
      if (differs) {
        throw KmsError.MATERIAL_DIFFERS.rejected();
      }
      Bytes fingerprint = keks.mac(scope, FINGERPRINT, content);
      Cmk next = cmk.materialImported(new ImportedMaterial(fingerprint, true, expiresAt));
      return new MaterialChange.Added(next, vault.wrapped(next, material, now()));
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /// The id has a fixed length, so no two keys and materials read alike.
  private static byte[] identified(Cmk cmk, Material material) {
    try (KeyMaterial encoded = material.encode()) {
      byte[] id = cmk.id().text().getBytes(StandardCharsets.US_ASCII);
      return encoded.lend(
          bytes -> ByteBuffer.allocate(id.length + bytes.length).put(id).put(bytes).array());
    }
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
    Instant now = now();
    int deleted = 0;
    int before;
    do {
      before = deleted;
      for (Cmk cmk : vault.materialExpired(now, BATCH)) {
        if (vault.store(new MaterialChange.Erased(cmk.materialGone()))) {
          keyring.invalidate(cmk.id());
          deleted++;
        }
      }
    } while (deleted > before);
    return deleted;
  }

  private Instant now() {
    return Instant.ofEpochMilli(clock.millis()); // the store keeps milliseconds
  }
}
