package dev.keyhold.http;

import dev.keyhold.iam.Principal;
import dev.keyhold.key.ProjectId;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The rate limits of one node. A project has what it is called in; calls that enter no project
/// count for the caller's domain. Only callers who are authenticated are counted: nobody can use up
/// what others may.
public final class RateLimits {
  private final RateLimit crypto;
  private final RateLimit management;

  /// @param crypto calls a second of each tenant that use keys; 0 for no limit
  /// @param management all other calls of each tenant; 0 for no limit
  /// @param nanoTime monotonic, as [System#nanoTime]
  public RateLimits(int crypto, int management, LongSupplier nanoTime) {
    this.crypto = new RateLimit(crypto, nanoTime);
    this.management = new RateLimit(management, nanoTime);
  }

  public static RateLimits none() {
    return new RateLimits(0, 0, System::nanoTime);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0308` when it is one call too many
  void charge(Route route, Principal principal, Optional<ProjectId> project) {
    RateLimit limit =
        switch (route.rate()) {
          case CRYPTO -> crypto;
          case MANAGEMENT -> management;
        };
    limit.charge(project.map(ProjectId::text).orElseGet(() -> principal.domain().text()));
  }
}
