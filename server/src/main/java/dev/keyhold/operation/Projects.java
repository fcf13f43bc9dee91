package dev.keyhold.operation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.keyhold.error.IamError;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.Project;
import java.net.URLEncoder;
import java.util.List;
import java.util.Optional;

/// Lists what a user can work in: `GET /v3/projects`, `/v3/auth/projects` and `/v3/auth/domains`.
/// Source: IAM API Reference, "Project Management" and "Account Management".
public final class Projects {
  private static final int MOST_PER_PAGE = 5000;
  private static final int MOST_DIGITS = 9;

  private final IamRepository repository;
  private final ServiceCatalog catalog;

  public Projects(IamRepository repository, ServiceCatalog catalog) {
    this.repository = repository;
    this.catalog = catalog;
  }

  /// The query parameters of `GET /v3/projects`, decoded.
  ///
  /// @param enabled `true` or `false`, as `isDomain`; every project is enabled and no domain
  /// @param page from 1; only together with `perPage`, which is 1 to 5000
  public record Query(
      Optional<String> name,
      Optional<String> domainId,
      Optional<String> parentId,
      Optional<String> enabled,
      Optional<String> isDomain,
      Optional<String> page,
      Optional<String> perPage) {
    public static final Query ALL =
        new Query(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty());

    /// The filters as they stand in a URL, each after an ampersand.
    private String filters() {
      return filter("name", name)
          + filter("domain_id", domainId)
          + filter("parent_id", parentId)
          + filter("enabled", enabled)
          + filter("is_domain", isDomain);
    }

    private static String filter(String parameter, Optional<String> value) {
      return value
          .map(text -> "&" + parameter + "=" + URLEncoder.encode(text, UTF_8).replace("+", "%20"))
          .orElse("");
    }
  }

  public record ProjectsResponse(List<ProjectEntry> projects, Links links) {}

  /// @param parentId the domain's id: projects are not nested
  public record ProjectEntry(
      String id,
      String name,
      String domainId,
      String parentId,
      boolean enabled,
      boolean isDomain,
      String description,
      Self links) {}

  public record DomainsResponse(List<DomainEntry> domains, Links links) {}

  public record DomainEntry(
      String id, String name, boolean enabled, String description, Self links) {}

  public record Self(String self) {}

  /// @param next the next page's URL, absent on the last page; likewise `previous`
  public record Links(String self, Optional<String> next, Optional<String> previous) {}

  /// The caller's projects that match.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected [IamError#BAD_REQUEST] for a malformed
  ///   parameter
  public ProjectsResponse list(Principal caller, Query query) {
    Optional<Page> page = page(query);
    List<Project> found =
        mayMatch(query, caller)
            ? repository.projects(caller.domain()).stream()
                .filter(project -> matches(query.name(), project))
                .toList()
            : List.of();
    String self = catalog.identityUrl("/projects");
    return page.map(wanted -> response(wanted, found, self))
        .orElseGet(() -> response(found, whole(self)));
  }

  /// The projects that the caller can get a token for.
  public ProjectsResponse own(Principal caller) {
    return response(
        repository.projects(caller.domain()), whole(catalog.identityUrl("/auth/projects")));
  }

  /// The domains that the caller can get a token for: their own.
  public DomainsResponse domains(Principal caller) {
    return new DomainsResponse(
        repository.domain(caller.domain()).map(this::entry).stream().toList(),
        whole(catalog.identityUrl("/auth/domains")));
  }

  /// Whether any project of the caller's domain can pass the filters that are alike for all of
  /// them.
  private static boolean mayMatch(Query query, Principal caller) {
    String domain = caller.domain().text();
    return query.domainId().map(domain::equals).orElse(true)
        && query.parentId().map(domain::equals).orElse(true)
        && query.enabled().map(text -> flag(text, "enabled")).orElse(true)
        && !query.isDomain().map(text -> flag(text, "is_domain")).orElse(false);
  }

  private static boolean matches(Optional<String> wanted, Project project) {
    return wanted.isEmpty() || wanted.flatMap(Name::parse).equals(Optional.of(project.name()));
  }

  private ProjectsResponse response(Page page, List<Project> found, String self) {
    int from = (int) Math.min(found.size(), (page.number() - 1L) * page.size());
    int to = (int) Math.min(found.size(), from + (long) page.size());
    return response(
        found.subList(from, to),
        new Links(
            self,
            to < found.size() ? Optional.of(page.url(self, 1)) : Optional.empty(),
            page.number() > 1 ? Optional.of(page.url(self, -1)) : Optional.empty()));
  }

  private ProjectsResponse response(List<Project> projects, Links links) {
    return new ProjectsResponse(projects.stream().map(this::entry).toList(), links);
  }

  private ProjectEntry entry(Project project) {
    String domain = project.domain().text();
    return new ProjectEntry(
        project.id().text(),
        project.name().text(),
        domain,
        domain,
        true,
        false,
        "",
        new Self(catalog.identityUrl("/projects/" + project.id().text())));
  }

  private DomainEntry entry(Domain domain) {
    return new DomainEntry(
        domain.id().text(),
        domain.name().text(),
        true,
        "",
        new Self(catalog.identityUrl("/domains/" + domain.id().text())));
  }

  private static Links whole(String self) {
    return new Links(self, Optional.empty(), Optional.empty());
  }

  /// @param number from 1
  /// @param filters of the query, to be repeated
  private record Page(int number, int size, String filters) {
    String url(String self, int step) {
      return self + "?page=" + (number + step) + "&per_page=" + size + filters;
    }
  }

  private static Optional<Page> page(Query query) {
    if (query.page().isEmpty() && query.perPage().isEmpty()) {
      return Optional.empty();
    }
    if (query.page().isEmpty() || query.perPage().isEmpty()) {
      throw IamError.BAD_REQUEST.rejected("page and per_page must be given together.");
    }
    return Optional.of(
        new Page(
            number(query.page().get(), "page", Integer.MAX_VALUE),
            number(query.perPage().get(), "per_page", MOST_PER_PAGE),
            query.filters()));
  }

  private static int number(String text, String parameter, int most) {
    if (text.length() <= MOST_DIGITS && text.matches("[0-9]+")) {
      int number = Integer.parseInt(text);
      if (number >= 1 && number <= most) {
        return number;
      }
    }
    throw IamError.BAD_REQUEST.rejected(parameter + " must be a whole number from 1.");
  }

  private static boolean flag(String text, String parameter) {
    return switch (text) {
      case "true" -> true;
      case "false" -> false;
      default -> throw IamError.BAD_REQUEST.rejected(parameter + " must be true or false.");
    };
  }
}
