package dev.keyhold.operation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsException.Rejected;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Principal;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.TestIam;
import dev.keyhold.key.ProjectId;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProjectsTest {
  private static final String URL = "https://kms.example/v3";

  private final TestIam iam = new TestIam();
  private final Projects projects =
      new Projects(iam.repository, new ServiceCatalog("cn-north-4", "https://kms.example"));
  private final String alicesDomain = iam.alice.domain().id().text();

  ProjectsTest() {
    for (String name : List.of("eu-west-0", "af-south-1")) {
      iam.repository.insert(
          new Project(ProjectId.random(), iam.alice.domain().id(), new Name(name)));
    }
  }

  @Test
  void listsTheCallersProjectsInOrderOfNames() {
    Projects.ProjectsResponse response = projects.list(alice(), Projects.Query.ALL);
    assertThat(names(response)).containsExactly("af-south-1", "cn-north-4", "eu-west-0");
    assertThat(response.links())
        .isEqualTo(new Projects.Links(URL + "/projects", Optional.empty(), Optional.empty()));
    String id = iam.alice.project().id().text();
    assertThat(response.projects().get(1))
        .isEqualTo(
            new Projects.ProjectEntry(
                id,
                "cn-north-4",
                alicesDomain,
                alicesDomain,
                true,
                false,
                "",
                new Projects.Self(URL + "/projects/" + id)));
  }

  @Test
  void aRegionsNameHitsExactlyItsProject() {
    assertThat(named("cn-north-4")).containsExactly("cn-north-4");
    assertThat(named("CN-NORTH-4")).isEmpty();
    assertThat(named("nowhere")).isEmpty();
    assertThat(named("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"enabled, true, 3", "enabled, false, 0", "is_domain, false, 3", "is_domain, true, 0"})
  void filtersByFlags(String parameter, String value, int hits) {
    assertThat(projects.list(alice(), query(parameter, value)).projects()).hasSize(hits);
  }

  @Test
  void showsNothingOfOtherDomains() {
    String foreign = iam.mallory.domain().id().text();
    for (String parameter : List.of("domain_id", "parent_id")) {
      assertThat(projects.list(alice(), query(parameter, alicesDomain)).projects()).hasSize(3);
      assertThat(projects.list(alice(), query(parameter, foreign)).projects()).isEmpty();
    }
  }

  @Test
  void aPageLinksToThoseBesideIt() {
    Projects.ProjectsResponse first = projects.list(alice(), page("1", "2"));
    assertThat(names(first)).containsExactly("af-south-1", "cn-north-4");
    assertThat(first.links().next()).contains(URL + "/projects?page=2&per_page=2");
    assertThat(first.links().previous()).isEmpty();
    Projects.ProjectsResponse second = projects.list(alice(), page("2", "2"));
    assertThat(names(second)).containsExactly("eu-west-0");
    assertThat(second.links().next()).isEmpty();
    assertThat(second.links().previous()).contains(URL + "/projects?page=1&per_page=2");
    assertThat(names(projects.list(alice(), page("999999999", "5000")))).isEmpty();
  }

  @Test
  void linksRepeatTheFilters() {
    var query =
        new Projects.Query(
            Optional.of("a+ü &b"),
            Optional.of(alicesDomain),
            Optional.empty(),
            Optional.of("true"),
            Optional.of("false"),
            Optional.of("2"),
            Optional.of("1"));
    assertThat(projects.list(alice(), query).links().previous())
        .contains(
            URL
                + "/projects?page=1&per_page=1&name=a%2B%C3%BC%20%26b&domain_id="
                + alicesDomain
                + "&enabled=true&is_domain=false");
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 0", "1, 5001", "-1, 1", "x, 1", "1, ''", "9999999999, 1", "1, 1.5"})
  void refusesOtherPages(String page, String perPage) {
    refuses(page(page, perPage));
  }

  @Test
  void refusesHalfAPageAndOtherFlags() {
    refuses(query("page", "1"));
    refuses(query("per_page", "1"));
    refuses(query("enabled", "yes"));
    refuses(query("is_domain", ""));
  }

  @Test
  void tellsWhatTokensCanBeHadFor() {
    assertThat(names(projects.own(alice()))).hasSize(3);
    Projects.DomainsResponse domains = projects.domains(alice());
    assertThat(domains.domains())
        .containsExactly(
            new Projects.DomainEntry(
                alicesDomain,
                "alice-domain",
                true,
                "",
                new Projects.Self(URL + "/domains/" + alicesDomain)));
    assertThat(domains.links().self()).isEqualTo(URL + "/auth/domains");
  }

  private Principal alice() {
    return new Principal(
        iam.alice.user().id(),
        "alice",
        iam.alice.domain().id(),
        Optional.empty(),
        Principal.Method.SIGNATURE);
  }

  private List<String> named(String name) {
    return names(projects.list(alice(), query("name", name)));
  }

  private static List<String> names(Projects.ProjectsResponse response) {
    return response.projects().stream().map(Projects.ProjectEntry::name).toList();
  }

  private static Projects.Query page(String page, String perPage) {
    return new Projects.Query(
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Optional.of(page),
        Optional.of(perPage));
  }

  private static Projects.Query query(String parameter, String value) {
    return new Projects.Query(
        only("name", parameter, value),
        only("domain_id", parameter, value),
        only("parent_id", parameter, value),
        only("enabled", parameter, value),
        only("is_domain", parameter, value),
        only("page", parameter, value),
        only("per_page", parameter, value));
  }

  private static Optional<String> only(String name, String parameter, String value) {
    return name.equals(parameter) ? Optional.of(value) : Optional.empty();
  }

  private void refuses(Projects.Query query) {
    assertThatThrownBy(() -> projects.list(alice(), query))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> assertThat(rejected.error()).isEqualTo(IamError.BAD_REQUEST));
  }
}
