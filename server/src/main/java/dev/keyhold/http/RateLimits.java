package dev.keyhold.http;

import dev.keyhold.iam.Principal;
import dev.keyhold.key.ProjectId;
import java.util.Optional;
import java.util.function.LongSupplier;

/// The rate limits of one node: of each user, and of all users of a tenant. A tenant is the project
/// that is called; calls that enter no project count for the caller's domain. Only callers who are
/// authenticated are counted: nobody can use up what others may.
public final class RateLimits {
  /// Calls a second of one user and of one tenant; 0 for no limit.
  public record PerSecond(int user, int tenant) {}

  /// A user who is refused takes nothing of what the tenant may.
  private record Limit(RateLimit user, RateLimit tenant) {
    static Limit of(PerSecond most, LongSupplier nanoTime) {
      return new Limit(
          new RateLimit("user", most.user(), nanoTime),
          new RateLimit("tenant", most.tenant(), nanoTime));
    }
  }

  private final Limit crypto;
  private final Limit management;

  /// @param crypto of calls that use keys or make random data
  /// @param management of all others
  /// @param nanoTime monotonic, as [System#nanoTime]
  public RateLimits(PerSecond crypto, PerSecond management, LongSupplier nanoTime) {
    this.crypto = Limit.of(crypto, nanoTime);
    this.management = Limit.of(management, nanoTime);
  }

  public static RateLimits none() {
    return new RateLimits(new PerSecond(0, 0), new PerSecond(0, 0), System::nanoTime);
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `APIGW.0308` when it is one call too many
  void charge(Route route, Principal principal, Optional<ProjectId> project) {
    Limit limit =
        switch (route.rate()) {
          case CRYPTO -> crypto;
          case MANAGEMENT -> management;
        };
    limit.user().charge(principal.user().text());
    limit.tenant().charge(project.map(ProjectId::text).orElseGet(() -> principal.domain().text()));
  }
}
