package dev.keyhold;

import dev.keyhold.cli.Command;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Serves in the foreground, until a signal ends it.
final class ServerCommand implements Command {
  private static final String LISTEN = "listen";
  private static final String DEV = "dev";
  private static final String INSECURE_HTTP = "insecure-http";

  @Override
  public String name() {
    return "server";
  }

  @Override
  public String summary() {
    return "Serves the API in the foreground until SIGTERM or SIGINT.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(
            Command.value(
                LISTEN,
                "HOST:PORT",
                "Where to serve; port 0 lets the system choose. Default: 127.0.0.1:8420."))
        .addOption(
            Command.flag(
                DEV,
                "Development: plain HTTP on loopback, and what is needed is made at the first"
                    + " start; DIR/dev-credentials.json tells how to call."))
        .addOption(
            Command.flag(
                INSECURE_HTTP,
                "Plain HTTP, on loopback only: behind a proxy on the same machine."));
  }

  @Override
  public int run(CommandLine given) {
    Config config = ConfigOptions.load(given, flags(given));
    Logging.use(config.log());
    Logger log = LoggerFactory.getLogger(ServerCommand.class);
    config.file().ifPresent(file -> log.info("configuration from {}", file));
    var stop = StopOnSignal.install(config.shutdownGrace());
    try {
      Server server = Server.start(config);
      stop.watch(server);
      log.info(
          "ready at {}, data in {}{}",
          config.endpoint(server.port()),
          config.data(),
          config.dev().isPresent() ? ", development mode" : "");
      server.awaitStop();
      return Main.OK;
    } finally {
      stop.uninstall();
    }
  }

  private static Map<String, String> flags(CommandLine given) {
    Map<String, String> flags = new HashMap<>();
    Optional.ofNullable(given.getOptionValue(LISTEN))
        .ifPresent(address -> flags.put(Property.LISTEN.name(), address));
    if (given.hasOption(DEV)) {
      flags.put(Property.DEV_ENABLED.name(), "true");
    }
    if (given.hasOption(INSECURE_HTTP)) {
      flags.put(Property.INSECURE_HTTP.name(), "true");
    }
    return flags;
  }
}
