package dev.keyhold.iam;

/// A domain with one project and one user, and their secrets in clear: made, and not stored yet.
public record NewTenant(User user, AccessKey accessKey, Credentials credentials)
    implements AutoCloseable {
  @Override
  public void close() {
    credentials.close();
  }
}
