package dev.keyhold.openapi;

import dev.keyhold.ConfigLoader;
import dev.keyhold.DevCredentials;
import dev.keyhold.Server;
import dev.keyhold.http.RouteTable;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// A whole server in this process: the real routes on a store in a folder of the test.
final class DevServer implements AutoCloseable {
  private final Server server;
  private final DevCredentials credentials;

  DevServer(Path folder) {
    Path data = folder.resolve("data");
    server =
        Server.start(
            ConfigLoader.load(
                Map.of(
                    "dev.enabled",
                    "true",
                    "level4.enabled",
                    "true",
                    "listen",
                    "127.0.0.1:0",
                    "data",
                    data.toString()),
                Optional.empty(),
                Map.of(),
                folder));
    credentials = DevCredentials.read(data).orElseThrow();
  }

  int port() {
    return server.port();
  }

  RouteTable table() {
    return server.table();
  }

  DevCredentials.Tenant tenant() {
    return credentials.tenant();
  }

  @Override
  public void close() {
    server.stop();
  }
}
