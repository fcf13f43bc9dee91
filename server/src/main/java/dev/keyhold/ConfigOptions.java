package dev.keyhold;

import dev.keyhold.cli.Command;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// The options that every command with a configuration has.
final class ConfigOptions {
  private static final String CONFIG = "config";
  private static final String DATA = "data";
  static final String SET = "set";

  private ConfigOptions() {}

  static Options all() {
    return new Options()
        .addOption(
            Command.value(
                CONFIG, "FILE", "The configuration file. Default: keyhold.yaml here, if there."))
        .addOption(
            Command.value(DATA, "DIR", "The folder of the store and the root key. Default: data."))
        .addOption(
            Command.value(
                SET, "NAME=VALUE", "Any property of the file, for example quotas.cmks=500."));
  }

  /// @param more properties from flags of the command's own
  static Config load(CommandLine given, Map<String, String> more) {
    Map<String, String> flags = new HashMap<>();
    for (String each : Optional.ofNullable(given.getOptionValues(SET)).orElse(new String[0])) {
      int equals = each.indexOf('=');
      if (equals < 0) {
        throw new ConfigException("--set wants NAME=VALUE, not " + Printable.brief(each) + ".");
      }
      flags.put(each.substring(0, equals), each.substring(equals + 1));
    }
    flags.putAll(more);
    Optional.ofNullable(given.getOptionValue(DATA))
        .ifPresent(folder -> flags.put(Property.DATA.name(), folder));
    return ConfigLoader.load(
        flags,
        Optional.ofNullable(given.getOptionValue(CONFIG)).map(ConfigOptions::path),
        System.getenv(),
        Path.of(""));
  }

  private static Path path(String text) {
    try {
      return Path.of(text);
    } catch (InvalidPathException _) {
      throw new ConfigException("--config wants the path of a file.");
    }
  }
}
