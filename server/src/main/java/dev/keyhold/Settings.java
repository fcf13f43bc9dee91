package dev.keyhold;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// What somebody gave the properties, read and checked one by one. Flags win over the environment,
/// that over the file, and that over the defaults.
final class Settings {
  static final String FILE_VARIABLE = "KEYHOLD_CONFIG";

  private static final String PREFIX = "KEYHOLD_";

  /// For the launcher, not for us.
  private static final List<String> LAUNCHER_VARIABLES =
      List.of(PREFIX + "JAVA_HOME", PREFIX + "JAVA_OPTS", PREFIX + "BUILD");

  // Kubernetes and Docker set these in every container beside a service called "keyhold".
  private static final Pattern SERVICE_LINK =
      Pattern.compile(
          "KEYHOLD_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|PORT(_[0-9]+_(TCP|UDP|SCTP)"
              + "(_(PROTO|PORT|ADDR))?)?)");

  private final List<Map<String, Setting>> layers;
  private final Path workingDirectory;

  private Settings(List<Map<String, Setting>> layers, Path workingDirectory) {
    this.layers = layers;
    this.workingDirectory = workingDirectory;
  }

  /// @param flags property name to text
  /// @param file `keyhold.yaml`, if there is one
  /// @param workingDirectory where relative paths of flags and environment start
  /// @throws ConfigException when one is given that does not exist, or the file can't be read
  static Settings of(
      Map<String, String> flags,
      Map<String, String> environment,
      Optional<Path> file,
      Path workingDirectory) {
    return new Settings(
        List.of(
            fromFlags(flags, workingDirectory),
            fromEnvironment(environment, workingDirectory),
            file.map(ConfigFile::read).orElseGet(Map::of)),
        workingDirectory);
  }

  static ConfigException unknown(String name, String where, Collection<String> known) {
    return new ConfigException(
        where
            + ": there is no property "
            + Printable.brief(name)
            + "."
            + NearestName.suggestion(name, known)
            + " All are described in keyhold.example.yaml.");
  }

  private static Map<String, Setting> fromFlags(Map<String, String> flags, Path base) {
    List<String> known = Property.ALL.stream().map(Property::name).toList();
    Map<String, Setting> settings = new HashMap<>();
    flags.forEach((name, text) -> {
      if (!known.contains(name)) {
        throw unknown(name, "The command line", known);
      }
      settings.put(name, new Setting(text, "the command line", base));
    });
    return settings;
  }

  private static Map<String, Setting> fromEnvironment(Map<String, String> environment, Path base) {
    Map<String, String> known =
        Property.ALL.stream()
            .collect(Collectors.toMap(Property::environmentVariable, Property::name));
    Map<String, Setting> settings = new HashMap<>();
    environment.forEach((variable, text) -> {
      String name = known.get(variable);
      if (name != null) {
        settings.put(name, new Setting(text, "environment variable " + variable, base));
      } else if (variable.startsWith(PREFIX)
          && !variable.equals(FILE_VARIABLE)
          && !LAUNCHER_VARIABLES.contains(variable)
          && !SERVICE_LINK.matcher(variable).matches()) {
        throw unknown(variable, "The environment", known.keySet());
      }
    });
    return settings;
  }

  /// @throws ConfigException when it can't be read, likewise below
  <T> T value(Property<T> property) {
    return find(property).orElseThrow();
  }

  /// Empty when it was not given and has no default.
  <T> Optional<T> find(Property<T> property) {
    return setting(property)
        .map(setting ->
            property
                .reader()
                .apply(setting.text())
                .orElseThrow(() -> wrong(property, "must be " + property.wanted())));
  }

  /// A path, which starts where it was given if it is relative.
  Optional<Path> path(Property<String> property) {
    return find(property)
        .map(text -> setting(property).orElseThrow().base().resolve(text).normalize());
  }

  Path required(Property<String> property) {
    return path(property)
        .orElseThrow(() ->
            new ConfigException(
                property.name() + " is missing: it must be " + property.wanted() + "."));
  }

  boolean isGiven(Property<?> property) {
    return setting(property).isPresent();
  }

  /// Where a property that is given was: `keyhold.yaml, line 12`.
  String where(Property<?> property) {
    return setting(property).orElseThrow().where();
  }

  /// Refuses what would be given in vain.
  ///
  /// @param with what it takes for the property to have a meaning
  void refuse(Property<?> property, String with) {
    if (isGiven(property)) {
      throw wrong(property, "is used with " + with + " only: set that, or remove this");
    }
  }

  private Optional<Setting> setting(Property<?> property) {
    return layers.stream()
        .filter(layer -> layer.containsKey(property.name()))
        .findFirst()
        .map(layer -> layer.get(property.name()))
        .or(() ->
            property.fallback().map(text -> new Setting(text, "the default", workingDirectory)));
  }

  /// What is wrong with a property that is given.
  ///
  /// @param why goes on after the property and its value
  ConfigException wrong(Property<?> property, String why) {
    Setting setting = setting(property).orElseThrow();
    return new ConfigException(
        "%s \"%s\" (%s) %s."
            .formatted(property.name(), Printable.brief(setting.text()), setting.where(), why));
  }
}
