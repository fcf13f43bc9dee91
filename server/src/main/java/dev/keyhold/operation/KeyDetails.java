package dev.keyhold.operation;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyState;
import java.time.Instant;

/// What describe-key and list-keys tell of a key. Every member is a string on the wire; dates are
/// epoch milliseconds, or empty where there is none. Source: DEW API Reference, "KeyDetails".
public record KeyDetails(
    String keyId,
    String domainId,
    String keyAlias,
    String realm,
    String keySpec,
    String keyUsage,
    String keyDescription,
    String creationDate,
    String scheduledDeletionDate,
    String keyState,
    String defaultKeyFlag,
    String keyType,
    String expirationTime,
    String origin,
    String keyRotationEnabled,
    String sysEnterpriseProjectId,
    String keystoreId) {

  static KeyDetails of(Cmk cmk, String region) {
    return new KeyDetails(
        cmk.id().text(),
        cmk.domain().text(),
        cmk.name().text(),
        region,
        cmk.spec().name(),
        cmk.usage().name(),
        cmk.description(),
        millis(cmk.createdAt()),
        cmk.state() instanceof KeyState.PendingDeletion(var deleteAt) ? millis(deleteAt) : "",
        cmk.state().wireNumber(),
        cmk.defaultKey() ? "1" : "0",
        "1",
        cmk.imported().flatMap(ImportedMaterial::expiresAt).map(KeyDetails::millis).orElse(""),
        cmk.origin().wireName(),
        Boolean.toString(cmk.rotation().schedule().isPresent()),
        cmk.enterpriseProject(),
        cmk.keystore());
  }

  private static String millis(Instant instant) {
    return Long.toString(instant.toEpochMilli());
  }
}
