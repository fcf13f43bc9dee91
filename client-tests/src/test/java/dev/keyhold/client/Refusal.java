package dev.keyhold.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.huaweicloud.sdk.core.exception.ServiceResponseException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/// That a call through the SDK is refused as the API says: with which status and code, a message,
/// and a request id to ask the operator about.
final class Refusal {
  private Refusal() {}

  static void refused(int status, String code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(
            ServiceResponseException.class,
            refusal -> {
              assertThat(refusal.getErrorCode()).describedAs(refusal.getErrorMsg()).isEqualTo(code);
              assertThat(refusal.getHttpStatusCode()).isEqualTo(status);
              assertThat(refusal.getErrorMsg()).isNotBlank();
              assertThat(refusal.getRequestId()).isNotBlank();
            });
  }

  /// With status 400, as most are.
  static void refused(String code, ThrowingCallable call) {
    refused(400, code, call);
  }
}
