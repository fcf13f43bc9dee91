package dev.keyhold;

import dev.keyhold.iam.Name;
import dev.keyhold.iam.Project;
import dev.keyhold.iam.SteadyClock;
import dev.keyhold.iam.Tokens;
import dev.keyhold.iam.User;
import dev.keyhold.key.DomainId;
import dev.keyhold.seal.KekScope;
import dev.keyhold.store.KeyBatches;
import dev.keyhold.store.KeyBatches.Place;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.ParseException;

/// What a load on a filled store needs to know of it: a token for each project, and the keys that
/// encrypt. Read with no server on it.
///
/// @param largest the project with the most keys
/// @param small another one
/// @param spare one whose keys nobody looks at, so that some may be made there
/// @param tokens by project
public record StoreTargets(
    String largest, String small, String spare, Map<String, String> tokens, List<Place> keys) {
  private static final int TOKEN_KEY_BYTES = 32;

  /// Fills the store as [FillStore] does, if that was not done yet.
  ///
  /// @param settings properties of the configuration, NAME=VALUE
  public static void fill(Path data, List<String> settings, int projects, int keys, int largest)
      throws Exception {
    FillStore.fill(config(data, settings), projects, keys, largest);
  }

  public static StoreTargets read(Path data, List<String> settings) {
    Config config = config(data, settings);
    try (Instance instance = Instance.open(config)) {
      DevCredentials.Tenant tenant = DevCredentials.read(data).orElseThrow().tenant();
      var domain = new DomainId(tenant.domainId());
      User user = instance.iam().user(domain, new Name(tenant.userName())).orElseThrow();
      var clock = new SteadyClock(config.clock(), System::nanoTime);
      var tokenKey = instance.keks().derive(new KekScope.Instance(), "token", TOKEN_KEY_BYTES);
      var issuer = new Tokens(tokenKey, instance.users(), clock, new SecureRandom());
      Map<String, String> names = new HashMap<>();
      Map<String, String> tokens = new HashMap<>();
      for (Project project : instance.iam().projects(domain)) {
        names.put(project.name().text(), project.id().text());
        tokens.put(project.id().text(), issuer.issue(user, Optional.of(project.id())).text());
      }
      List<Place> keys = new ArrayList<>();
      new KeyBatches(instance.database()).eachUsable(keys::add);
      return new StoreTargets(
          Objects.requireNonNull(names.get("scale-0")),
          Objects.requireNonNull(names.get("scale-1")),
          Objects.requireNonNull(names.get("scale-2")),
          tokens,
          keys);
    }
  }

  private static Config config(Path data, List<String> settings) {
    List<String> arguments = new ArrayList<>(List.of("--data", data.toString()));
    for (String setting : settings) {
      arguments.addAll(List.of("--set", setting));
    }
    try {
      return FillStore.config(
          new DefaultParser(false).parse(ConfigOptions.all(), arguments.toArray(String[]::new)));
    } catch (ParseException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
