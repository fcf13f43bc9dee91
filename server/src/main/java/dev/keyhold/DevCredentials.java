package dev.keyhold;

import dev.keyhold.iam.Credentials;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

    static Tenant of(Credentials made) {
      return new Tenant(
          made.domain().id().text(),
          made.domain().name().text(),
          made.project().id().text(),
          made.project().name().text(),
          made.userName().text(),
          made.password().lend(String::new),
          made.accessKey().text(),
          made.secretKey().lend(bytes -> new String(bytes, StandardCharsets.US_ASCII)));
    }

    void putInto(ObjectNode json) {
      json.put("domain_id", domainId)
          .put("domain_name", domainName)
          .put("project_id", projectId)
          .put("project_name", projectName)
          .put("user_name", userName)
          .put("password", password)
          .put("access_key", accessKey)
          .put("secret_key", secretKey);
    }

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
      PrivateFiles.exposure(file)
          .ifPresent(exposed -> {
            throw new StartRefused(file + " " + exposed);
          });
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
    String text = mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json) + "\n";
    Path file = dataFolder.resolve(FILE_NAME);
    try {
      PrivateFiles.replace(file, text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException failure) {
      throw new UncheckedIOException(file + " can't be written", failure);
    }
  }

  public DevCredentials at(String newEndpoint) {
    return new DevCredentials(newEndpoint, region, tenant, other);
  }

  private void put(ObjectNode json, Tenant of) {
    json.put("endpoint", endpoint).put("region", region);
    of.putInto(json);
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
