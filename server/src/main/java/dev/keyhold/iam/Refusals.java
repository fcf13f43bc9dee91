package dev.keyhold.iam;

import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsException.Rejected;

/// The ways in which authentication fails, in the gateway's words. Source: API Gateway error table,
/// sub-reasons of APIGW.0301.
final class Refusals {
  private Refusals() {}

  /// The token is absent, garbage, altered, another instance's, or its user is gone, disabled or
  /// has newer credentials. One answer for all: the bearer learns nothing about the user.
  static Rejected badToken() {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because("decrypt token fail");
  }

  static Rejected expiredToken() {
    return GatewayError.TOKEN_EXPIRED.rejected();
  }

  static Rejected wrongSignature() {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because("verify aksk signature fail");
  }

  /// A signature that can't be checked.
  ///
  /// @param defect what is wrong with it; of the caller's input it holds no more than a name
  static Rejected malformedSignature(String defect) {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because(
        "verify aksk signature fail, " + defect);
  }

  static Rejected signatureOutOfWindow() {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because(
        "calc ak sk signature fail:signature expired");
  }

  static Rejected unknownAccessKey(String id) {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because(
        "Get secretKey failed,ak:" + id + ",err:ak not exist");
  }

  static Rejected lockedAccessKey() {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.because(
        "AK access failed to reach the limit,forbidden");
  }
}
