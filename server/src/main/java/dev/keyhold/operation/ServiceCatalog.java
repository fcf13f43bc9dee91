package dev.keyhold.operation;

import dev.keyhold.operation.TokenResponse.Endpoint;
import dev.keyhold.operation.TokenResponse.Service;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;

/// Where clients find this server's services: the catalog in a token.
///
/// @param region the region's id, for example `cn-north-4`
/// @param endpoint the public base URL, without a slash at its end
public record ServiceCatalog(String region, String endpoint) {
  public ServiceCatalog {
    if (endpoint.endsWith("/")) {
      throw new IllegalArgumentException("the endpoint must not end in a slash");
    }
  }

  List<Service> services() {
    return List.of(service("iam", "identity", "/v3"), service("kms", "kms", "/v1.0"));
  }

  /// The URL of a resource of the identity API.
  String identityUrl(String path) {
    return endpoint + "/v3" + path;
  }

  private Service service(String name, String type, String path) {
    return new Service(
        id("service", name),
        name,
        type,
        List.of(new Endpoint(id("endpoint", name), "public", region, region, endpoint + path)));
  }

  /// An id that is the same on every node and after a restart.
  private String id(String kind, String name) {
    byte[] text = (kind + "/" + region + "/" + name).getBytes(StandardCharsets.UTF_8);
    return UUID.nameUUIDFromBytes(text).toString().replace("-", "");
  }
}
