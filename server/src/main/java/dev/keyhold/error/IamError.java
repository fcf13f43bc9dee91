package dev.keyhold.error;

/// The errors of the identity API (`/v3/...`), in Keystone's shape.
public enum IamError implements ApiError {
  BAD_REQUEST(400, "Bad Request", "The request body is invalid."),
  UNAUTHORIZED(401, "Unauthorized", "The request you have made requires authentication."),
  FORBIDDEN(403, "Forbidden", "You are not authorized to perform the requested action."),
  NOT_FOUND(404, "Not Found", "Could not find the requested resource."),
  CONFLICT(409, "Conflict", "The name is already in use.");

  private final int status;
  private final String title;
  private final String meaning;

  IamError(int status, String title, String meaning) {
    this.status = status;
    this.title = title;
    this.meaning = meaning;
  }

  @Override
  public int status() {
    return status;
  }

  /// The status in decimal: Keystone's `code` is that number.
  @Override
  public String code() {
    return Integer.toString(status);
  }

  /// The status in words, for example `Unauthorized`.
  public String title() {
    return title;
  }

  @Override
  public String meaning() {
    return meaning;
  }
}
