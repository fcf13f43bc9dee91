package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.CanonicalRow;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The MACs over the rows of identities, under the instance's KEK: whoever can write to the
/// database but has no root key can't move a project to another domain, enable a user, or give them
/// a password or an access key. An older version of a row, put back, is not noticed. Each kind of
/// row has a purpose of its own, so none passes for another.
public final class IdentityMac {
  private static final Logger LOG = LoggerFactory.getLogger(IdentityMac.class);
  private static final KekScope SCOPE = new KekScope.Instance();
  private static final int FORMAT = 1;

  private final Keks keks;

  public IdentityMac(Keks keks) {
    this.keks = keks;
  }

  public Bytes of(Domain domain) {
    return keks.mac(SCOPE, "domain-row", canonical(domain));
  }

  public Bytes of(Project project) {
    return keks.mac(SCOPE, "project-row", canonical(project));
  }

  public Bytes of(User user) {
    return keks.mac(SCOPE, "user-row", canonical(user));
  }

  public Bytes of(AccessKey key) {
    return keks.mac(SCOPE, "access-key-row", canonical(key));
  }

  /// @throws AlteredIdentityException when the row was altered, likewise for the others
  public Domain checked(Domain domain, Bytes mac) {
    require("domain", domain.id().text(), canonical(domain), mac);
    return domain;
  }

  public Project checked(Project project, Bytes mac) {
    require("project", project.id().text(), canonical(project), mac);
    return project;
  }

  public User checked(User user, Bytes mac) {
    require("user", user.id().text(), canonical(user), mac);
    return user;
  }

  public AccessKey checked(AccessKey key, Bytes mac) {
    require("access-key", key.id().text(), canonical(key), mac);
    return key;
  }

  private void require(String kind, String id, byte[] row, Bytes mac) {
    if (!keks.macMatches(SCOPE, kind + "-row", row, mac)) {
      var altered = new AlteredIdentityException(kind, id);
      LOG.error("{}", altered.getMessage());
      throw altered;
    }
  }

  static byte[] canonical(Domain domain) {
    return new CanonicalRow(FORMAT).text(domain.id().text()).text(domain.name().text()).bytes();
  }

  static byte[] canonical(Project project) {
    return new CanonicalRow(FORMAT)
        .text(project.id().text())
        .text(project.domain().text())
        .text(project.name().text())
        .bytes();
  }

  static byte[] canonical(User user) {
    return new CanonicalRow(FORMAT)
        .text(user.id().text())
        .text(user.domain().text())
        .text(user.name().text())
        .text(user.password().text())
        .number(user.credentialEpoch())
        .flag(user.enabled())
        .bytes();
  }

  static byte[] canonical(AccessKey key) {
    return new CanonicalRow(FORMAT)
        .text(key.id().text())
        .text(key.user().text())
        .blob(key.wrappedSecret())
        .flag(key.enabled())
        .number(key.createdAt().toEpochMilli())
        .text(key.description())
        .bytes();
  }
}
