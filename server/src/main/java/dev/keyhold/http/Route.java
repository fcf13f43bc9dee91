package dev.keyhold.http;

import java.time.Duration;
import java.util.List;

/// One row of the route table: what is called, by whom, with what limits, and where it runs.
///
/// @param method in upper case
/// @param template a path whose segments are literals or parameters, for example
///   `/v1.0/{project_id}/kms/create-key`; both are compared with decoded segments
/// @param bodyLimitBytes the largest body that is read; 0 where none is expected
/// @param rate what its calls count as
/// @param deadline for the body to arrive, and again for the call to be answered
public record Route(
    String method,
    String template,
    Access access,
    int bodyLimitBytes,
    Duration deadline,
    RunsOn runsOn,
    ErrorShape errors,
    Rate rate,
    Endpoint endpoint) {
  private static final String PROJECT = "{project_id}";
  private static final String KMS = "/v1.0/" + PROJECT + "/kms/";

  public Route {
    if (!template.startsWith("/")) {
      throw new IllegalArgumentException(template + " is no path");
    }
    if (access == Access.CALLER && !segments(template).contains(PROJECT)) {
      throw new IllegalArgumentException(template + " names no project to enter");
    }
    if (bodyLimitBytes < 0 || !deadline.isPositive()) {
      throw new IllegalArgumentException(method + " " + template + " has senseless limits");
    }
  }

  public static Route get(
      String template, Access access, Duration deadline, RunsOn runsOn, Endpoint endpoint) {
    // The official SDK sends no body with GET; a short one is let pass, and is part of signatures.
    return of("GET", template, access, kib(4), deadline, runsOn, endpoint);
  }

  public static Route post(
      String template,
      Access access,
      int bodyLimitBytes,
      Duration deadline,
      RunsOn runsOn,
      Endpoint endpoint) {
    return of("POST", template, access, bodyLimitBytes, deadline, runsOn, endpoint);
  }

  /// A DELETE may have a body here: the cloud's deletion of aliases has one.
  public static Route delete(
      String template,
      Access access,
      int bodyLimitBytes,
      Duration deadline,
      RunsOn runsOn,
      Endpoint endpoint) {
    return of("DELETE", template, access, bodyLimitBytes, deadline, runsOn, endpoint);
  }

  private static Route of(
      String method,
      String template,
      Access access,
      int bodyLimitBytes,
      Duration deadline,
      RunsOn runsOn,
      Endpoint endpoint) {
    return new Route(
        method,
        template,
        access,
        bodyLimitBytes,
        deadline,
        runsOn,
        ErrorShape.KMS,
        Rate.MANAGEMENT,
        endpoint);
  }

  /// The same route under another rate limit.
  public Route withRate(Rate other) {
    return new Route(
        method, template, access, bodyLimitBytes, deadline, runsOn, errors, other, endpoint);
  }

  /// The same route with its errors in another shape.
  public Route withErrors(ErrorShape shape) {
    return new Route(
        method, template, access, bodyLimitBytes, deadline, runsOn, shape, rate, endpoint);
  }

  /// The same route under another method.
  public Route withMethod(String other) {
    return new Route(
        other, template, access, bodyLimitBytes, deadline, runsOn, errors, rate, endpoint);
  }

  public static int kib(int kibibytes) {
    return Math.multiplyExact(kibibytes, 1024);
  }

  /// What audit records call it: a KMS path without what all of them have, and the method before it
  /// unless that is POST, as nearly always.
  String action() {
    String what = template.startsWith(KMS) ? template.substring(KMS.length()) : template;
    return method.equals("POST") ? what : method + " " + what;
  }

  /// Whether its calls are recorded: all that somebody must be known for, or is to become known by.
  boolean isRecorded() {
    return access != Access.OPEN || errors == ErrorShape.IDENTITY;
  }

  /// The HTTP status of a success.
  int successStatus() {
    List<Integer> told = endpoint.contract().statuses();
    return told.isEmpty() ? 200 : told.getFirst();
  }

  List<String> segments() {
    return segments(template);
  }

  private static List<String> segments(String template) {
    return List.of(template.substring(1).split("/", -1));
  }

  static boolean isParameter(String segment) {
    return segment.startsWith("{") && segment.endsWith("}");
  }

  @Override
  public String toString() {
    return method + " " + template;
  }
}
