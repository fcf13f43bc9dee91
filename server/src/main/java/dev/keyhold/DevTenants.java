package dev.keyhold;

import dev.keyhold.iam.Name;
import dev.keyhold.key.DomainId;
import java.nio.file.Path;

/// The two tenants of development mode, made at the first start.
final class DevTenants {
  private static final Name FIRST = new Name("keyhold");
  private static final Name SECOND = new Name("other");
  private static final Name USER = new Name("dev");

  private DevTenants() {}

  /// Sees to it that the tenants exist and `dev-credentials.json` tells their secrets and this
  /// server's endpoint.
  ///
  /// @throws StartRefused when the store has tenants and the file does not tell theirs: their
  ///   secrets are nowhere else
  static DevCredentials establish(Instance instance, Path data, String region, String endpoint) {
    if (instance.iam().isEmpty()) {
      return FirstTenant.atomically(
          instance,
          () -> {
            var project = new Name(region);
            var made =
                new DevCredentials(
                    endpoint,
                    region,
                    FirstTenant.make(instance, FIRST, project, USER),
                    FirstTenant.make(instance, SECOND, project, USER));
            made.write(data);
            return made;
          });
    }
    DevCredentials known =
        DevCredentials.read(data)
            .filter(written -> isIn(instance, written))
            .orElseThrow(() ->
                new StartRefused(
                    "%s does not tell the tenants of this store. Put it back, start without --dev, or start on another folder with --data."
                        .formatted(data.resolve(DevCredentials.FILE_NAME))));
    if (known.endpoint().equals(endpoint)) {
      return known; // spares the start two waits for the disk
    }
    DevCredentials moved = known.at(endpoint);
    moved.write(data);
    return moved;
  }

  private static boolean isIn(Instance instance, DevCredentials written) {
    String domain = written.tenant().domainId();
    return DomainId.isWellFormed(domain) && instance.iam().domain(new DomainId(domain)).isPresent();
  }
}
