package dev.keyhold.http;

import dev.keyhold.error.AlteredException;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.IamError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.error.Throttle;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Makes an answer of whatever went wrong. The one place that knows the shapes of errors.
final class ErrorRenderer {
  private static final Logger LOG = LoggerFactory.getLogger(ErrorRenderer.class);

  // Never 0: the HTTP client of the official SDK resends a 503 at once and unasked when told so.
  private static final String RETRY_AFTER_SECONDS = "1";

  // By dependency, of which there are a few.
  private static final Map<String, Throttle> DOWN = new ConcurrentHashMap<>();

  private static final String ALTERED =
      "What is stored is not as the KMS wrote it, and is not used; its operator has been told.";

  private ErrorRenderer() {}

  private record Nested(Flat error) {}

  private record Flat(String errorCode, String errorMsg) {}

  private record FlatWithId(String errorMsg, String errorCode, String requestId) {}

  private record Keystone(KeystoneError error) {}

  private record KeystoneError(int code, String message, String title) {}

  /// Names the error that a failure is to the caller, and logs what is none of theirs.
  static Answer render(Throwable failure, String requestId) {
    return switch (failure) {
      case KmsException.Rejected rejected -> {
        Answer refusal = Answer.refusal(rejected.error(), rejected.detail());
        yield isForNow(rejected.error())
            ? refusal.header("Retry-After", RETRY_AFTER_SECONDS)
            : refusal;
      }
      case KmsException.Unavailable down -> {
        if (down.getCause() != null) { // else it was logged when it began
          warn(down, requestId);
        }
        yield unavailable();
      }
      case AlteredException altered -> {
        LOG.error(
            "request {} is refused: {}; `keyhold store verify` tells of every such row",
            requestId,
            altered.getMessage());
        LOG.debug("request {}", requestId, altered);
        yield Answer.refusal(KmsError.INTERNAL, ALTERED);
      }
      default -> {
        LOG.error("request {} met a bug", requestId, failure);
        yield Answer.refusal(KmsError.INTERNAL, KmsError.INTERNAL.meaning());
      }
    };
  }

  /// With the stack when it is news, and without while it goes on.
  private static void warn(KmsException.Unavailable down, String requestId) {
    DOWN.computeIfAbsent(down.dependency(), _ -> new Throttle(System::nanoTime))
        .pass()
        .ifPresent(untold -> {
          if (untold == 0) {
            LOG.warn("request {}: {}", requestId, down.getMessage(), down);
          } else {
            LOG.warn("request {} and {} before: {}", requestId, untold, down.getMessage());
          }
        });
  }

  private static boolean isForNow(ApiError error) {
    return error == KmsError.SERVICE_UNAVAILABLE || error == GatewayError.THROTTLED;
  }

  /// 503: the caller may try again.
  static Answer unavailable() {
    return Answer.refusal(KmsError.SERVICE_UNAVAILABLE, KmsError.SERVICE_UNAVAILABLE.meaning())
        .header("Retry-After", RETRY_AFTER_SECONDS);
  }

  /// Gives a refusal its body; any other answer stays as it is.
  static Answer shaped(Answer answer, ErrorShape shape, String requestId) {
    if (answer.refusal().isEmpty()) {
      return answer;
    }
    var error = answer.refusal().get().error();
    var detail = answer.refusal().get().detail();
    if (shape == ErrorShape.IDENTITY) {
      String title =
          error instanceof IamError iam
              ? iam.title()
              : HttpResponseStatus.valueOf(error.status()).reasonPhrase();
      return answer.withDocument(new Keystone(new KeystoneError(error.status(), detail, title)));
    }
    return answer.withDocument(
        switch (error) {
          case KmsError kms -> new Nested(new Flat(kms.code(), detail));
          case GatewayError gateway -> new FlatWithId(detail, gateway.code(), requestId);
          case IamError iam -> new Keystone(new KeystoneError(iam.status(), detail, iam.title()));
        });
  }
}
