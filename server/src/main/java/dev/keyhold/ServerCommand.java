package dev.keyhold;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "server",
    description = "Serves the API in the foreground until SIGTERM or SIGINT.",
    mixinStandardHelpOptions = true)
final class ServerCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options = new ConfigOptions();

  @Option(
      names = "--listen",
      paramLabel = "HOST:PORT",
      description = "Where to serve. Port 0 lets the system choose. Default: 127.0.0.1:8420.")
  private Optional<String> listen = Optional.empty();

  @Option(
      names = "--dev",
      description =
          "Development: plain HTTP on loopback, and all that is needed is made at the first start"
              + " (DIR/dev-credentials.json tells how to call).")
  private boolean dev;

  @Option(
      names = "--insecure-http",
      description = "Serve plain HTTP, on loopback only: behind a proxy on the same machine.")
  private boolean insecureHttp;

  @Override
  public Integer call() {
    Config config = options.load(flags());
    Logging.use(config.log());
    Logger log = LoggerFactory.getLogger(ServerCommand.class);
    config.file().ifPresent(file -> log.info("configuration from {}", file));
    var stop = StopOnSignal.install(config.shutdownGrace());
    try {
      Server server = Server.start(config);
      stop.watch(server);
      log.info(
          "ready at {} after {} ms, data in {}{}",
          config.endpoint(server.port()),
          sinceLaunch().toMillis(),
          config.data(),
          config.dev().isPresent() ? ", development mode" : "");
      server.awaitStop();
      return Main.OK;
    } finally {
      stop.uninstall();
    }
  }

  private Map<String, String> flags() {
    Map<String, String> flags = new HashMap<>();
    listen.ifPresent(address -> flags.put(Property.LISTEN.name(), address));
    if (dev) {
      flags.put(Property.DEV_ENABLED.name(), "true");
    }
    if (insecureHttp) {
      flags.put(Property.INSECURE_HTTP.name(), "true");
    }
    return flags;
  }

  private static Duration sinceLaunch() {
    Instant now = Instant.now();
    return Duration.between(ProcessHandle.current().info().startInstant().orElse(now), now);
  }
}
