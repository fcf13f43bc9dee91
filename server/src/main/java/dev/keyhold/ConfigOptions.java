package dev.keyhold;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/// The options that every command with a configuration has.
final class ConfigOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "The configuration file. Default: keyhold.yaml here, if there is one.")
  private Optional<Path> file = Optional.empty();

  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "The folder of the store and the root key. Default: data.")
  private Optional<String> data = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "NAME=VALUE",
      description = "Any property of the configuration file, for example quotas.cmks=500.")
  private Map<String, String> properties = new HashMap<>();

  /// @param more properties from flags of the command's own
  Config load(Map<String, String> more) {
    Map<String, String> flags = new HashMap<>(properties);
    flags.putAll(more);
    data.ifPresent(folder -> flags.put(Property.DATA.name(), folder));
    return ConfigLoader.load(flags, file, System.getenv(), Path.of(""));
  }
}
