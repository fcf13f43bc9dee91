package dev.keyhold.client;

/// One server for all tests that need nothing of their own, started when the first one asks. It is
/// stopped with the test JVM.
final class SharedServer {
  private static final ServerProcess SERVER = ServerProcess.onNewFolder();

  static {
    SERVER.start();
    Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
  }

  // Once for all tests: a login costs what Argon2id is meant to, and a client of the SDK some more.
  private static final Kms KMS = Kms.of(tenant());
  private static final Http HTTP = Http.loggedIn(tenant());
  private static final Kms OTHER_KMS = Kms.of(otherTenant());
  private static final Http OTHER_HTTP = Http.loggedIn(otherTenant());

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
    return KMS;
  }

  /// Raw HTTP as the first tenant, with a token.
  static Http http() {
    return HTTP;
  }

  /// The SDK as the second tenant.
  static Kms otherKms() {
    return OTHER_KMS;
  }

  static Http otherHttp() {
    return OTHER_HTTP;
  }
}
