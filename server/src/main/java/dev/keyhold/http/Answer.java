package dev.keyhold.http;

import dev.keyhold.error.ApiError;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a call answers: a status, a body or none, and perhaps headers. The headers that every
/// answer has are not among them.
public final class Answer {
  static final CharSequence JSON = HttpHeaders.createOptimized("application/json");
  private static final CharSequence BYTES = HttpHeaders.createOptimized("application/octet-stream");

  private final int status;
  private final @Nullable Object document;
  private final @Nullable Buffer content;
  private final CharSequence contentType;
  private final Optional<Refusal> refusal;
  private final List<Map.Entry<String, String>> headers;

  /// An error that has not been given its shape yet.
  record Refusal(ApiError error, String detail) {}

  private Answer(
      int status,
      @Nullable Object document,
      @Nullable Buffer content,
      CharSequence contentType,
      Optional<Refusal> refusal,
      List<Map.Entry<String, String>> headers) {
    this.status = status;
    this.document = document;
    this.content = content;
    this.contentType = contentType;
    this.refusal = refusal;
    this.headers = headers;
  }

  /// 200 with a record as JSON.
  public static Answer ok(Object document) {
    return json(200, document);
  }

  /// @param document a record
  public static Answer json(int status, Object document) {
    return new Answer(status, document, null, JSON, Optional.empty(), List.of());
  }

  /// Without a body.
  public static Answer empty(int status) {
    return new Answer(status, null, Buffer.buffer(), JSON, Optional.empty(), List.of());
  }

  /// A ready-made text, which may be sent any number of times.
  public static Answer text(int status, String contentType, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return ready(status, HttpHeaders.createOptimized(contentType), bytes);
  }

  /// Ready-made JSON, which may be sent any number of times.
  ///
  /// @param json in UTF-8
  static Answer json(byte[] json) {
    return ready(200, JSON, json);
  }

  /// Bytes that are no text.
  static Answer bytes(byte[] content) {
    return ready(200, BYTES, content);
  }

  private static Answer ready(int status, CharSequence contentType, byte[] content) {
    return new Answer(
        status, null, Buffer.buffer(content), contentType, Optional.empty(), List.of());
  }

  /// An error, to be given the shape that the route's clients expect.
  public static Answer refusal(ApiError error, String detail) {
    return new Answer(
        error.status(), null, null, JSON, Optional.of(new Refusal(error, detail)), List.of());
  }

  /// The same answer with one more header.
  public Answer header(String name, String value) {
    var more = new ArrayList<>(headers);
    more.add(Map.entry(name, value));
    return new Answer(status, document, content, contentType, refusal, List.copyOf(more));
  }

  int status() {
    return status;
  }

  CharSequence contentType() {
    return contentType;
  }

  List<Map.Entry<String, String>> headers() {
    return headers;
  }

  Optional<Refusal> refusal() {
    return refusal;
  }

  /// The same status and headers with another body, which a refusal needs.
  Answer withDocument(Object other) {
    return new Answer(status, other, null, contentType, Optional.empty(), headers);
  }

  /// The body in bytes; secrets in the document are gone afterwards.
  Buffer encode() {
    if (document != null) {
      try {
        return Json.write(document);
      } finally {
        Secrets.wipe(document);
      }
    }
    if (content == null) {
      throw new IllegalStateException("a refusal has no shape yet");
    }
    return content;
  }

  /// Overwrites what [#encode] gave when nobody is to have it; a ready-made text, which others are
  /// sent too, stays.
  void wipe(Buffer encoded) {
    if (content == null && encoded.length() > 0) {
      encoded.setBytes(0, new byte[encoded.length()]);
    }
  }
}
