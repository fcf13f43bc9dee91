package dev.keyhold.keyring;

import dev.keyhold.key.Grant;
import dev.keyhold.key.StoredGrant;
import dev.keyhold.seal.CanonicalRow;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;

/// The MAC over a grant's row, under a key of the project whose key is granted: whoever can write
/// to the database but has no root key can't make a grant or widen one.
final class GrantMac {
  private static final String PURPOSE = "grant-row";
  private static final int FORMAT = 1;

  private final Keks keks;

  GrantMac(Keks keks) {
    this.keks = keks;
  }

  StoredGrant sign(Grant grant) {
    return new StoredGrant(grant, keks.mac(scope(grant), PURPOSE, canonical(grant)));
  }

  boolean isIntact(StoredGrant stored) {
    Grant grant = stored.grant();
    return keks.macMatches(scope(grant), PURPOSE, canonical(grant), stored.mac());
  }

  /// @throws IntegrityException when the row was altered
  Grant checked(StoredGrant stored) {
    Grant grant = stored.grant();
    if (!isIntact(stored)) {
      throw IntegrityException.reported(
          grant.key(), "the MAC of its grant " + grant.id() + " is wrong");
    }
    return grant;
  }

  private static KekScope scope(Grant grant) {
    return new KekScope.OfProject(grant.project());
  }

  private static byte[] canonical(Grant grant) {
    return new CanonicalRow(FORMAT)
        .text(grant.id())
        .text(grant.key().text())
        .text(grant.project().text())
        .text(grant.name())
        .text(grant.grantee().type().wireName())
        .text(grant.grantee().id())
        .text(String.join(",", grant.operationNames()))
        .text(grant.issuer())
        .text(grant.retiring())
        .number(grant.createdAt().toEpochMilli())
        .bytes();
  }
}
