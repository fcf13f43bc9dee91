package dev.keyhold.error;

import org.jspecify.annotations.Nullable;

/// The two failures that are nobody's bug: the caller's mistake and a dependency that is down.
/// Everything else that is thrown is a bug, and is answered as one.
public abstract sealed class KmsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private KmsException(String message, @Nullable Throwable cause, boolean stackTrace) {
    super(message, cause, false, stackTrace);
  }

  /// The caller's mistake. Has no stack trace: refusals are ordinary answers, and often hot ones.
  public static final class Rejected extends KmsException {
    private static final long serialVersionUID = 1L;
    private final transient ApiError error;

    Rejected(ApiError error, String message) {
      super(message, null, false);
      this.error = error;
    }

    public ApiError error() {
      return error;
    }

    /// Never null, unlike [Throwable#getMessage].
    public String detail() {
      return String.valueOf(getMessage());
    }
  }

  /// Something Keyhold needs does not answer (the store, an HSM). The caller may try again.
  public static final class Unavailable extends KmsException {
    private static final long serialVersionUID = 1L;
    private final String dependency;

    public Unavailable(String dependency, Throwable cause) {
      super(dependency + " is unavailable", cause, true);
      this.dependency = dependency;
    }

    /// For a state that was logged when it began: without a cause and a stack trace, for it may be
    /// the answer to every call.
    public Unavailable(String dependency) {
      super(dependency + " is unavailable", null, false);
      this.dependency = dependency;
    }

    public String dependency() {
      return dependency;
    }
  }
}
