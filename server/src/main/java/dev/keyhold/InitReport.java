package dev.keyhold;

import dev.keyhold.DevCredentials.Tenant;
import dev.keyhold.tls.TlsException;
import dev.keyhold.tls.TlsMaterial;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Tells the administrator's credentials, which are stored nowhere in clear.
final class InitReport implements Consumer<Tenant> {
  private final boolean json;
  private final Config config;
  private final PrintStream out;

  private InitReport(boolean json, Config config, PrintStream out) {
    this.json = json;
    this.config = config;
    this.out = out;
  }

  static InitReport of(String format, Config config, PrintStream out) {
    return switch (format) {
      case "text" -> new InitReport(false, config, out);
      case "json" -> new InitReport(true, config, out);
      default -> throw new ConfigException("--output must be text or json.");
    };
  }

  /// @throws CommandFailed when it can't be told to its end
  @Override
  public void accept(Tenant administrator) {
    out.println(json ? json(administrator) : text(administrator));
    if (out.checkError()) {
      throw new CommandFailed("The credentials could not be printed: no administrator was made.");
    }
  }

  private String text(Tenant administrator) {
    return """
    Keyhold is initialised in %s.

    Root key     %s
                 Keep a copy of it apart from the data: without it nothing can be decrypted.
    Certificate  %s%s

    The administrator. These secrets are shown now and never again:
      domain      %s (%s)
      project     %s (%s)
      user        %s
      password    %s
      access key  %s
      secret key  %s

    Start the server: keyhold server --data %s\
    """
        .formatted(
            config.data(),
            config.rootKey().file(),
            certificate(),
            expires().map(it -> "\n             ends on " + it).orElse(""),
            administrator.domainName(),
            administrator.domainId(),
            administrator.projectName(),
            administrator.projectId(),
            administrator.userName(),
            administrator.password(),
            administrator.accessKey(),
            administrator.secretKey(),
            config.data());
  }

  private String json(Tenant administrator) {
    var mapper = new JsonMapper();
    ObjectNode json = mapper.createObjectNode();
    json.put("endpoint", config.endpoint(config.listen().port())).put("region", config.region());
    administrator.putInto(json);
    json.put("root_key_file", config.rootKey().file().toString())
        .put("certificate_file", certificate());
    expires().ifPresent(it -> json.put("certificate_expires", it.toString()));
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json);
  }

  private String certificate() {
    return TlsSetup.certificate(config).map(Path::toString).orElse("none: plain HTTP");
  }

  /// Empty also when the certificate is to be put there later.
  private Optional<Instant> expires() {
    try {
      return TlsSetup.certificate(config).map(TlsMaterial::expires);
    } catch (TlsException _) {
      return Optional.empty();
    }
  }
}
