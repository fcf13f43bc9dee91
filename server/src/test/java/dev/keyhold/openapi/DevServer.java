package dev.keyhold.openapi;

import dev.keyhold.ConfigLoader;
import dev.keyhold.DevCredentials;
import dev.keyhold.Server;
import dev.keyhold.TestPorts;
import dev.keyhold.http.RouteTable;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.SoftHsm;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A whole server in this process: the real routes on a store in a folder of the test.
final class DevServer implements AutoCloseable {
  private final Server server;
  private final DevCredentials credentials;

  DevServer(Path folder) {
    Path data = folder.resolve("data");
    Map<String, String> properties = new HashMap<>();
    properties.put("dev.enabled", "true");
    properties.put("level4.enabled", "true");
    properties.put("listen", "127.0.0.1:" + TestPorts.free());
    properties.put("data", data.toString());
    if (SoftHsm.isInstalled()) {
      Hsm.Token token = SoftHsm.token(folder);
      properties.put("hsm.library", token.library().toString());
      properties.put("hsm.pin-file", token.pinFile().toString());
    }
    server = Server.start(ConfigLoader.load(properties, Optional.empty(), Map.of(), folder));
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
