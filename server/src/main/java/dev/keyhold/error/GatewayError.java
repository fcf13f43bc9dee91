package dev.keyhold.error;

/// The errors of the API gateway in front of the KMS, as far as anything here answers them. Source:
/// API Gateway error table (APIGW.*).
public enum GatewayError implements ApiError {
  NO_SUCH_API(404, "0101", "The API does not exist."),
  BAD_REQUEST(400, "0201", "The request is malformed."),
  BODY_TOO_LARGE(413, "0201", "The request body is too large."),
  URI_TOO_LONG(414, "0201", "The request URI is too long."),
  HEADERS_TOO_LARGE(494, "0201", "The request headers are too large."),
  REQUEST_TIMEOUT(408, "0201", "The request did not arrive in time."),
  INCORRECT_IAM_AUTHENTICATION(401, "0301", "Incorrect IAM authentication information."),
  TOKEN_EXPIRED(401, "0307", "The token must be updated."),
  THROTTLED(429, "0308", "The throttling threshold has been reached.");

  private final int status;
  private final String code;
  private final String meaning;
  private final String lead;

  GatewayError(int status, String number, String meaning) {
    this.status = status;
    this.code = "APIGW." + number;
    this.meaning = meaning;
    this.lead = meaning.substring(0, meaning.length() - 1); // without the full stop
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public String code() {
    return code;
  }

  @Override
  public String meaning() {
    return meaning;
  }

  /// A refusal with one of the gateway's published sub-reasons, which follow the meaning after a
  /// colon: `Incorrect IAM authentication information: decrypt token fail`.
  public KmsException.Rejected because(String subReason) {
    return new KmsException.Rejected(this, lead + ": " + subReason);
  }
}
