package dev.keyhold.keyring;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.RowIdentity;
import dev.keyhold.seal.SealException;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Tells of single rows whether they are as Keyhold wrote them, for who looks through a whole
/// store. Answers with what is wrong, for the operator; empty when nothing is.
public final class RowCheck {
  private final Keks keks;
  private final CmkMac cmks;
  private final AliasMac aliases;
  private final GrantMac grants;
  private final ImportPrint prints;
  private final KeystoreCheck keystores;

  /// @param keystores stays the caller's
  public RowCheck(Keks keks, KeystoreCheck keystores) {
    this.keks = keks;
    this.keystores = keystores;
    this.cmks = new CmkMac(keks);
    this.aliases = new AliasMac(keks);
    this.grants = new GrantMac(keks);
    this.prints = new ImportPrint(keks);
  }

  public Optional<String> cmk(StoredCmk stored) {
    return macOf(() -> cmks.isIntact(stored));
  }

  public Optional<String> alias(StoredAlias stored) {
    return macOf(() -> aliases.isIntact(stored));
  }

  public Optional<String> grant(StoredGrant stored) {
    return macOf(() -> grants.isIntact(stored));
  }

  /// Unwraps the material and makes a usable key of it.
  ///
  /// @param cmk the key whose id the material's row names
  public Optional<String> material(Cmk cmk, StoredMaterial stored) {
    var scope = new KekScope.OfProject(cmk.project());
    var identity = CmkVault.identity(cmk, stored.version());
    try (KeyMaterial encoded = keks.unwrap(scope, identity, stored.wrapped())) {
      if (cmk.isInDedicatedKeystore()) {
        return inKeystore(cmk, identity, encoded);
      }
      if (cmk.origin() == KeyOrigin.EXTERNAL && !isImported(cmk, stored.version(), encoded)) {
        return Optional.of("it is not what was imported as that version, or was deleted");
      }
      OpenMaterial.of(cmk, Material.decode(cmk.spec(), encoded)).close();
      return Optional.empty();
    } catch (SealException e) {
      return Optional.of("it does not open under the identity of its row");
    } catch (IllegalArgumentException | IllegalStateException | NoSuchElementException e) {
      return Optional.of("it opens, but is no " + cmk.spec() + " key");
    }
  }

  private boolean isImported(Cmk cmk, int version, KeyMaterial encoded) {
    return cmk.imported().filter(it -> it.has(version)).isPresent()
        && prints.isOfVersion(cmk, version, encoded);
  }

  private Optional<String> inKeystore(Cmk cmk, RowIdentity identity, KeyMaterial inner) {
    Optional<KeyMaterial> opened = keystores.open(cmk, identity, inner);
    if (opened.isPresent()) {
      try (KeyMaterial encoded = opened.get()) {
        OpenMaterial.of(cmk, Material.decode(cmk.spec(), encoded)).close();
      }
    }
    return Optional.empty();
  }

  private static Optional<String> macOf(BooleanSupplier intact) {
    try {
      return intact.getAsBoolean() ? Optional.empty() : Optional.of("its MAC does not match");
    } catch (SealException _) {
      return Optional.of("its project's key-encryption key does not open");
    }
  }
}
