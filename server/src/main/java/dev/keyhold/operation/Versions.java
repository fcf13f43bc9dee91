package dev.keyhold.operation;

import java.util.List;

/// The versions of the API: `GET /` and `GET /v1.0`, answered to anybody. Source: DEW API
/// Reference, "Querying API Versions".
public final class Versions {
  private static final String V1 = "v1.0";
  private static final String PUBLISHED = "2018-09-05T08:18:05Z";

  public record AllResponse(List<Version> versions) {}

  public record OneResponse(Version version) {}

  public record Version(
      String id,
      List<Link> links,
      String version,
      String status,
      String updated,
      String minVersion) {}

  public record Link(String href, String rel) {}

  private final Version v1;

  /// @param endpoint the public URL of this server, without a trailing slash
  public Versions(String endpoint) {
    var self = new Link(endpoint + "/" + V1, "self");
    this.v1 = new Version(V1, List.of(self), "", "CURRENT", PUBLISHED, "");
  }

  public AllResponse all() {
    return new AllResponse(List.of(v1));
  }

  public OneResponse v1() {
    return new OneResponse(v1);
  }
}
