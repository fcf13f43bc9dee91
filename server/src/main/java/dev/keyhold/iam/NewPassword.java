package dev.keyhold.iam;

/// A password in clear, not given to anybody yet, and its hash.
public record NewPassword(Password password, PasswordHash hash) implements AutoCloseable {
  @Override
  public void close() {
    password.close();
  }
}
