package dev.keyhold.iam;

import static java.util.stream.Collectors.toUnmodifiableMap;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ProjectId;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// Decides whether the project in a URL is the caller's.
///
/// The only question ever asked is whether the id is among those of the caller's own domain. So a
/// malformed, an unknown and a foreign id take the same path to the same answer, and nobody can
/// probe for the projects of others.
public final class Tenancy {
  private final IamRepository repository;
  private final FollowedCache<DomainId, Map<String, ProjectId>> projectsOfDomain;

  /// Of a store that no other process has.
  public Tenancy(IamRepository repository) {
    this(repository, Freshness.unshared());
  }

  public Tenancy(IamRepository repository, Freshness freshness) {
    this.repository = repository;
    int most = CacheShare.PROJECTS.entries();
    this.projectsOfDomain =
        FollowedCache.of(
            Caffeine.newBuilder()
                .maximumWeight(most)
                // One that has more projects than that is kept all the same, alone.
                .weigher(
                    (DomainId _, Map<String, ProjectId> its) -> Math.min(its.size() + 1, most)),
            freshness);
  }

  /// Lets a principal into a project: a token into the one it is for, a signature into any of its
  /// user's domain. May call [Blocking#ahead].
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0321`
  public Caller enter(Principal principal, String projectIdFromUrl) {
    ProjectId project = projectsOf(principal.domain()).get(projectIdFromUrl);
    if (project == null || !mayEnter(principal, project)) {
      throw wrongProject();
    }
    return new Caller(principal, project);
  }

  /// Likewise, for a request that also names a project in its `X-Project-Id` header: the two must
  /// agree, lest somebody behind us believe the other one.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0321`
  public Caller enter(
      Principal principal, String projectIdFromUrl, Optional<String> projectIdFromHeader) {
    if (projectIdFromHeader.isPresent() && !projectIdFromHeader.get().equals(projectIdFromUrl)) {
      throw wrongProject();
    }
    return enter(principal, projectIdFromUrl);
  }

  /// To be called after the domain got or lost a project.
  public void invalidate(DomainId domain) {
    projectsOfDomain.forget(domain);
  }

  public void invalidateAll() {
    projectsOfDomain.forgetAll();
  }

  private static boolean mayEnter(Principal principal, ProjectId project) {
    return switch (principal.method()) {
      case TOKEN -> principal.scope().filter(project::equals).isPresent();
      case SIGNATURE -> true;
    };
  }

  private Map<String, ProjectId> projectsOf(DomainId domain) {
    Optional<Map<String, ProjectId>> cached = projectsOfDomain.find(domain);
    if (cached.isPresent()) {
      return cached.get();
    }
    Blocking.ahead();
    return projectsOfDomain.load(domain, missing -> Optional.of(load(missing))).orElseThrow();
  }

  private Map<String, ProjectId> load(DomainId domain) {
    return repository.projects(domain).stream()
        .map(Project::id)
        .collect(toUnmodifiableMap(ProjectId::text, Function.identity()));
  }

  private static Rejected wrongProject() {
    return KmsError.WRONG_PROJECT.rejected();
  }
}
