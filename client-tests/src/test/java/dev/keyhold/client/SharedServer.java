package dev.keyhold.client;

/// One server for all tests that need nothing of their own, started when the first one asks. It is
/// stopped with the test JVM.
final class SharedServer {
  private static final ServerProcess SERVER = ServerProcess.onNewFolder();

  static {
    SERVER.start();
    Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
  }

  private SharedServer() {}

  static ServerProcess server() {
    return SERVER;
  }

  static Tenant tenant() {
    return SERVER.tenant();
  }

  static Tenant otherTenant() {
    return SERVER.otherTenant();
  }

  /// The SDK as the first tenant.
  static Kms kms() {
    return Kms.of(tenant());
  }

  /// Raw HTTP as the first tenant, with a token.
  static Http http() {
    return Http.loggedIn(tenant());
  }
}
