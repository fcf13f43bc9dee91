package dev.keyhold;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

/// Configurations as the server would load them.
abstract class LoadedConfig {
  @TempDir Path folder;

  Config load(Map<String, String> flags, Map<String, String> environment) {
    return ConfigLoader.load(flags, Optional.empty(), environment, folder);
  }

  Config withFlags(String... namesAndValues) {
    Map<String, String> flags = new HashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      flags.put(namesAndValues[i], namesAndValues[i + 1]);
    }
    return load(flags, Map.of());
  }

  String refusalOfFlags(String... namesAndValues) {
    return assertThatExceptionOfType(ConfigException.class)
        .isThrownBy(() -> withFlags(namesAndValues))
        .actual()
        .toString();
  }
}
