package dev.keyhold.iam;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The MACs over the rows of identities, under the instance's KEK: whoever can write to the
/// database but has no root key can't move a project to another domain, enable a user, or give them
/// a password or an access key. An older version of a row, put back, is not noticed.
///
/// The encoding is fixed once released: a format byte, then every column, text and bytes after
/// their 4-byte big-endian length, numbers as 8 bytes big-endian. Each kind of row has a purpose of
/// its own, so none passes for another.
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

  private static byte[] canonical(Domain domain) {
    return row(out -> {
      text(out, domain.id().text());
      text(out, domain.name().text());
    });
  }

  private static byte[] canonical(Project project) {
    return row(out -> {
      text(out, project.id().text());
      text(out, project.domain().text());
      text(out, project.name().text());
    });
  }

  private static byte[] canonical(User user) {
    return row(out -> {
      text(out, user.id().text());
      text(out, user.domain().text());
      text(out, user.name().text());
      text(out, user.password().text());
      out.writeLong(user.credentialEpoch());
      out.writeBoolean(user.enabled());
    });
  }

  private static byte[] canonical(AccessKey key) {
    return row(out -> {
      text(out, key.id().text());
      text(out, key.user().text());
      bytes(out, key.wrappedSecret().lent());
      out.writeBoolean(key.enabled());
      out.writeLong(key.createdAt().toEpochMilli());
      text(out, key.description());
    });
  }

  private interface Columns {
    void write(DataOutputStream out) throws IOException;
  }

  private static byte[] row(Columns columns) {
    var bytes = new ByteArrayOutputStream(256);
    bytes.write(FORMAT);
    try (var out = new DataOutputStream(bytes)) {
      columns.write(out);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    bytes(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void bytes(DataOutputStream out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }
}
