package dev.keyhold;

import dev.keyhold.iam.Credentials;
import dev.keyhold.iam.Name;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/// The two tenants of development mode, made at the first start.
final class DevTenants {
  private static final Name FIRST = new Name("keyhold");
  private static final Name SECOND = new Name("other");
  private static final Name USER = new Name("dev");

  private DevTenants() {}

  /// What `dev-credentials.json` says, or will say once it is written with [DevCredentials#write].
  ///
  /// @throws StartRefused when the tenants are there and the file is not: their secrets are nowhere
  ///   else
  static DevCredentials find(Instance instance, Path data, String region, String endpoint) {
    Optional<DevCredentials> written = DevCredentials.read(data);
    if (written.isPresent()) {
      return written.get().at(endpoint);
    }
    if (!instance.iam().isEmpty()) {
      throw new StartRefused(
          "%s is missing from %s. Put it back, or start on another folder with --data."
              .formatted(DevCredentials.FILE_NAME, data));
    }
    return new DevCredentials(
        endpoint,
        region,
        tenant(instance, FIRST, new Name(region)),
        tenant(instance, SECOND, new Name(region)));
  }

  private static DevCredentials.Tenant tenant(Instance instance, Name domain, Name project) {
    try (Credentials made = instance.admin().createTenant(domain, project, USER)) {
      return new DevCredentials.Tenant(
          made.domain().id().text(),
          made.domain().name().text(),
          made.project().id().text(),
          made.project().name().text(),
          made.userName().text(),
          made.password().lend(String::new),
          made.accessKey().text(),
          made.secretKey().lend(bytes -> new String(bytes, StandardCharsets.US_ASCII)));
    }
  }
}
