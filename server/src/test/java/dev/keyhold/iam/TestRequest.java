package dev.keyhold.iam;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// A request as a listener would hand it over.
public final class TestRequest implements RequestHead {
  private String method;
  private String path;
  private String query;
  private final Map<String, List<String>> headers = new TreeMap<>();

  public TestRequest(String method, String path, String query) {
    this.method = method;
    this.path = path;
    this.query = query;
  }

  public TestRequest method(String value) {
    method = value;
    return this;
  }

  public TestRequest path(String value) {
    path = value;
    return this;
  }

  public TestRequest query(String value) {
    query = value;
    return this;
  }

  /// Replaces a header.
  public TestRequest set(String name, String value) {
    headers.put(name.toLowerCase(Locale.ROOT), new ArrayList<>(List.of(value)));
    return this;
  }

  /// Adds one more line of a header.
  public TestRequest add(String name, String value) {
    headers.computeIfAbsent(name.toLowerCase(Locale.ROOT), _ -> new ArrayList<>()).add(value);
    return this;
  }

  public TestRequest remove(String name) {
    headers.remove(name.toLowerCase(Locale.ROOT));
    return this;
  }

  @Override
  public String method() {
    return method;
  }

  @Override
  public String rawPath() {
    return path;
  }

  @Override
  public String rawQuery() {
    return query;
  }

  @Override
  public Optional<String> header(String lowerCaseName) {
    return headers(lowerCaseName).stream().findFirst();
  }

  @Override
  public List<String> headers(String lowerCaseName) {
    return List.copyOf(headers.getOrDefault(lowerCaseName, List.of()));
  }

  @Override
  public String remoteAddress() {
    return "192.0.2.1";
  }
}
