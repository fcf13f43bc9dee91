package dev.keyhold;

import dev.keyhold.DevCredentials.Tenant;
import dev.keyhold.iam.IamAdmin;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.NewPassword;
import dev.keyhold.iam.NewTenant;
import dev.keyhold.key.DomainId;
import java.nio.file.Path;
import java.util.function.Supplier;

/// The two tenants of development mode, made at the first start.
final class DevTenants {
  private static final Name FIRST = new Name("keyhold");
  private static final Name SECOND = new Name("other");
  private static final Name USER = new Name("dev");

  /// How many there are.
  static final int COUNT = 2;

  private DevTenants() {}

  /// Sees to it that the tenants exist and `dev-credentials.json` tells their secrets and this
  /// server's endpoint.
  ///
  /// @param passwords for those that are made
  /// @throws StartRefused when the store has tenants and the file does not tell theirs: their
  ///   secrets are nowhere else
  static DevCredentials establish(
      Instance instance,
      Path data,
      String region,
      String endpoint,
      Supplier<NewPassword> passwords) {
    if (instance.iam().isEmpty()) {
      return make(instance, data, region, endpoint, passwords);
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

  private static DevCredentials make(
      Instance instance,
      Path data,
      String region,
      String endpoint,
      Supplier<NewPassword> passwords) {
    var project = new Name(region);
    IamAdmin admin = instance.admin();
    try (NewTenant first = admin.newTenant(FIRST, project, USER, passwords.get());
        NewTenant second = admin.newTenant(SECOND, project, USER, passwords.get())) {
      var made =
          new DevCredentials(
              endpoint, region, Tenant.of(first.credentials()), Tenant.of(second.credentials()));
      return FirstTenant.atomically(
          instance,
          () -> {
            admin.add(first);
            admin.add(second);
            made.write(data);
            return made;
          });
    }
  }

  private static boolean isIn(Instance instance, DevCredentials written) {
    String domain = written.tenant().domainId();
    return DomainId.isWellFormed(domain) && instance.iam().domain(new DomainId(domain)).isPresent();
  }
}
