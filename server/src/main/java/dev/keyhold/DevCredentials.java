package dev.keyhold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// `dev-credentials.json`: how to reach a development server, and as whom. Scripts rely on its
/// members (README.md, "For scripts").
///
/// @param endpoint of the server that started last
/// @param other a second account that shares nothing with the first, for tests of isolation
public record DevCredentials(String endpoint, String region, Tenant tenant, Tenant other) {
  static final String FILE_NAME = "dev-credentials.json";

  /// An account with one project and one user, who may do everything in it.
  public record Tenant(
      String domainId,
      String domainName,
      String projectId,
      String projectName,
      String userName,
      String password,
      String accessKey,
      String secretKey) {

    @Override
    public String toString() {
      return "Tenant[domainName=" + domainName + ", secrets redacted]";
    }
  }

  /// What an earlier start wrote.
  ///
  /// @return empty when there is no such file
  /// @throws StartRefused when it is there and can't be understood
  public static Optional<DevCredentials> read(Path dataFolder) {
    Path file = dataFolder.resolve(FILE_NAME);
    try {
      PrivateFiles.requirePrivate(file);
      JsonNode json = new JsonMapper().readTree(Files.readString(file));
      return Optional.of(
          new DevCredentials(
              member(json, "endpoint"),
              member(json, "region"),
              tenant(json),
              tenant(json.path("other"))));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    } catch (IOException failure) {
      throw new UncheckedIOException(file + " can't be read", failure);
    } catch (JacksonException malformed) {
      throw new StartRefused(
          file + " is damaged. Put it back, or start on another folder with --data.");
    }
  }

  /// Writes the file, mode 0600, as a whole.
  public void write(Path dataFolder) {
    var mapper = new JsonMapper();
    ObjectNode json = mapper.createObjectNode();
    put(json, tenant);
    put(json.putObject("other"), other);
    PrivateFiles.write(
        dataFolder.resolve(FILE_NAME),
        mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n");
  }

  public DevCredentials at(String newEndpoint) {
    return new DevCredentials(newEndpoint, region, tenant, other);
  }

  private void put(ObjectNode json, Tenant of) {
    json.put("endpoint", endpoint)
        .put("region", region)
        .put("domain_id", of.domainId)
        .put("domain_name", of.domainName)
        .put("project_id", of.projectId)
        .put("project_name", of.projectName)
        .put("user_name", of.userName)
        .put("password", of.password)
        .put("access_key", of.accessKey)
        .put("secret_key", of.secretKey);
  }

  private static Tenant tenant(JsonNode json) {
    return new Tenant(
        member(json, "domain_id"),
        member(json, "domain_name"),
        member(json, "project_id"),
        member(json, "project_name"),
        member(json, "user_name"),
        member(json, "password"),
        member(json, "access_key"),
        member(json, "secret_key"));
  }

  private static String member(JsonNode json, String name) {
    return json.required(name).stringValue();
  }
}
