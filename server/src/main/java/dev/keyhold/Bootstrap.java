package dev.keyhold;

import dev.keyhold.DevCredentials.Tenant;
import dev.keyhold.iam.Credentials;
import dev.keyhold.iam.Name;
import dev.keyhold.key.DomainId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

/// Makes the first identities of a store. Their secrets are handed on before the transaction that
/// makes them is committed: whoever was given none can start over, and no account is left behind
/// whose secrets nobody has.
final class Bootstrap {
  private Bootstrap() {}

  /// The two accounts of a development server: made at its first start, found again later. Writes
  /// `dev-credentials.json`.
  ///
  /// @param endpoint under which this server is reached
  /// @throws StartRefused when the store has accounts and the file does not tell theirs
  static DevCredentials development(Foundation foundation, String region, String endpoint) {
    Path folder = foundation.directory().path();
    Optional<DevCredentials> found = DevCredentials.read(folder);
    if (foundation.iam().isEmpty()) {
      return foundation
          .database()
          .write(() -> {
            var made =
                new DevCredentials(
                    endpoint,
                    region,
                    tenant(foundation, "dev", region),
                    tenant(foundation, "other", region));
            made.write(folder);
            return made;
          });
    }
    DevCredentials known =
        found
            .filter(it -> isIn(foundation, it))
            .orElseThrow(() ->
                new StartRefused(
                    folder.resolve(DevCredentials.FILE_NAME)
                        + " is missing or another store's, so nobody knows the accounts in "
                        + folder
                        + ". Put it back, start without --dev, or choose another --data."))
            .at(endpoint);
    known.write(folder);
    return known;
  }

  /// The first account of a server for real use.
  ///
  /// @param handOver is given the secrets; if it throws, nothing was made
  static void administrator(
      Foundation foundation, Name domain, Name project, Name user, Consumer<Tenant> handOver) {
    foundation
        .database()
        .write(() -> {
          handOver.accept(tenant(foundation, domain, project, user));
          return domain;
        });
  }

  private static boolean isIn(Foundation foundation, DevCredentials credentials) {
    String domain = credentials.tenant().domainId();
    return DomainId.isWellFormed(domain)
        && foundation.iam().domain(new DomainId(domain)).isPresent();
  }

  private static Tenant tenant(Foundation foundation, String name, String region) {
    return tenant(foundation, new Name(name), new Name(region), new Name(name + "-user"));
  }

  private static Tenant tenant(Foundation foundation, Name domain, Name project, Name user) {
    try (Credentials made = foundation.admin().createTenant(domain, project, user)) {
      return new Tenant(
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
