package dev.keyhold.http;

import dev.keyhold.iam.RequestHead;
import io.vertx.core.MultiMap;
import java.util.List;
import java.util.Optional;

/// The head of a request as the decoder parsed it. Read-only, so it may be read on any thread.
final class Head implements RequestHead {
  private final String method;
  private final Target target;
  private final MultiMap headers;
  private final String remoteAddress;

  Head(String method, Target target, MultiMap headers, String remoteAddress) {
    this.method = method;
    this.target = target;
    this.headers = headers;
    this.remoteAddress = remoteAddress;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    return target.path();
  }

  @Override
  public String rawQuery() {
    return target.query();
  }

  @Override
  public Optional<String> header(String lowerCaseName) {
    return Optional.ofNullable(headers.get(lowerCaseName));
  }

  @Override
  public List<String> headers(String lowerCaseName) {
    return headers.getAll(lowerCaseName);
  }

  @Override
  public String remoteAddress() {
    return remoteAddress;
  }
}
