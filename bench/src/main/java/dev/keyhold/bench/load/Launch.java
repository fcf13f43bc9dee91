package dev.keyhold.bench.load;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How a server is started: by the launcher as a user would, or straight from a jar.
///
/// @param root the folder of the repository, where the launcher is
/// @param jar instead of the launcher, when given
/// @param settings properties of the configuration, NAME=VALUE
public record Launch(Path root, Optional<Path> jar, List<String> settings) {
  private static final String OPTIONS = "KEYHOLD_JAVA_OPTS";

  public Launch {
    settings = List.copyOf(settings);
  }

  public Launch(Path root, Optional<Path> jar) {
    this(root, jar, List.of());
  }

  public Launch with(List<String> more) {
    var all = new ArrayList<>(settings);
    all.addAll(more);
    return new Launch(root, jar, all);
  }

  /// Lets the launcher build what is out of date, which is no part of a start.
  ///
  /// @throws LoadFailed when it can't
  public void prepare() throws IOException, InterruptedException {
    if (jar.isPresent()) {
      return;
    }
    Process version =
        new ProcessBuilder(launcher(), "version")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (version.waitFor() != 0) {
      throw new LoadFailed(this + " version failed");
    }
  }

  private String launcher() {
    return root.resolve("keyhold").toAbsolutePath().toString();
  }

  /// @param data folder of the store, made when it is missing
  /// @param moreJavaOptions after those of `KEYHOLD_JAVA_OPTS`
  ProcessBuilder development(int port, Path data, List<String> moreJavaOptions) {
    String javaOptions =
        (System.getenv().getOrDefault(OPTIONS, "") + " " + String.join(" ", moreJavaOptions))
            .strip();
    List<String> command = new ArrayList<>();
    if (jar.isPresent()) {
      command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
      command.add("--enable-native-access=ALL-UNNAMED");
      if (!javaOptions.isEmpty()) {
        command.addAll(List.of(javaOptions.split("\\s+", -1)));
      }
      command.add("-jar");
      command.add(jar.get().toAbsolutePath().toString());
    } else {
      command.add(launcher());
    }
    String listen = "127.0.0.1:" + port;
    command.addAll(List.of("server", "--dev", "--listen", listen, "--data", data.toString()));
    for (String setting : settings) {
      command.addAll(List.of("--set", setting));
    }
    var builder = new ProcessBuilder(command).directory(root.toFile());
    if (jar.isEmpty()) {
      builder.environment().put(OPTIONS, javaOptions);
    }
    return builder;
  }

  @Override
  public String toString() {
    String how = jar.map(path -> "java -jar " + path).orElse("./keyhold");
    return settings.isEmpty() ? how : how + " with " + String.join(" ", settings);
  }
}
