package dev.keyhold;

import dev.keyhold.DevCredentials.Tenant;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.NewTenant;
import dev.keyhold.seal.KekScope;
import dev.keyhold.store.FirstUse;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Makes tenants in a new store. Their secrets are handed over before the transaction that makes
/// them is committed: whoever was given none can start over, and no tenant is left behind whose
/// secrets nobody has. The transaction may run several times, so it makes no secrets itself.
final class FirstTenant {
  private FirstTenant() {}

  /// @param handOver is given the secrets, once; when it throws, nothing was made
  static void make(
      Instance instance, Name domain, Name project, Name user, Consumer<Tenant> handOver) {
    try (NewTenant made = instance.admin().newTenant(domain, project, user)) {
      var toldAlready = new AtomicBoolean();
      atomically(
          instance,
          () -> {
            instance.admin().add(made);
            if (!toldAlready.getAndSet(true)) {
              handOver.accept(Tenant.of(made.credentials()));
            }
            return made;
          });
    }
  }

  /// Runs `work`, which stores tenants, as one change, while no other node does.
  ///
  /// @throws StartRefused when the store has tenants
  static <T> T atomically(Instance instance, Supplier<T> work) {
    // The instance's KEK must not be made inside: undone there, it would live on in memory.
    instance.keks().establish(new KekScope.Instance());
    return instance
        .database()
        .change(session -> {
          FirstUse.claim(session);
          if (!instance.iam().isEmpty()) {
            throw new StartRefused("The store is initialised already: another was faster.");
          }
          return work.get();
        });
  }
}
