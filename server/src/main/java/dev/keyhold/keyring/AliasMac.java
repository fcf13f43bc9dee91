package dev.keyhold.keyring;

import dev.keyhold.key.Alias;
import dev.keyhold.key.StoredAlias;
import dev.keyhold.seal.CanonicalRow;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;

/// The MAC over an alias's row, under a key of its project: whoever can write to the database but
/// has no root key can't make an alias or move one.
final class AliasMac {
  private static final String PURPOSE = "alias-row";
  private static final int FORMAT = 1;

  private final Keks keks;

  AliasMac(Keks keks) {
    this.keks = keks;
  }

  StoredAlias sign(Alias alias) {
    return new StoredAlias(alias, keks.mac(scope(alias), PURPOSE, canonical(alias)));
  }

  boolean isIntact(StoredAlias stored) {
    Alias alias = stored.alias();
    return keks.macMatches(scope(alias), PURPOSE, canonical(alias), stored.mac());
  }

  /// @throws IntegrityException when the row was altered
  Alias checked(StoredAlias stored) {
    Alias alias = stored.alias();
    if (!isIntact(stored)) {
      throw IntegrityException.reported(
          alias.key(), "the MAC of its alias " + alias.name() + " is wrong");
    }
    return alias;
  }

  private static KekScope scope(Alias alias) {
    return new KekScope.OfProject(alias.project());
  }

  private static byte[] canonical(Alias alias) {
    return new CanonicalRow(FORMAT)
        .text(alias.domain().text())
        .text(alias.name().text())
        .text(alias.project().text())
        .text(alias.key().text())
        .number(alias.createdAt().toEpochMilli())
        .number(alias.updatedAt().toEpochMilli())
        .bytes();
  }
}
