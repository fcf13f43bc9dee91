package dev.keyhold;

import dev.keyhold.Config.Tls;
import dev.keyhold.cli.Command;
import dev.keyhold.iam.Name;
import dev.keyhold.tls.TlsMaterial;
import java.io.PrintStream;
import java.nio.file.Files;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Makes the root key, the first administrator and the certificate of a server for real use.
final class InitCommand implements Command {
  private static final String DOMAIN = "domain";
  private static final String PROJECT = "project";
  private static final String USER = "user";
  private static final String OUTPUT = "output";
  private static final String LISTEN = "listen";
  private static final String RENEW = "renew-certificate";

  private final PrintStream out;

  InitCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String name() {
    return "init";
  }

  @Override
  public String summary() {
    return "Makes the root key, the first administrator and a TLS certificate.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(
            Command.value(
                LISTEN, "HOST:PORT", "As for server: the host goes into the certificate."))
        .addOption(Command.value(DOMAIN, "NAME", "The administrator's domain. Default: default."))
        .addOption(Command.value(PROJECT, "NAME", "Its first project. Default: the region."))
        .addOption(Command.value(USER, "NAME", "The administrator. Default: admin."))
        .addOption(Command.value(OUTPUT, "FORMAT", "text or json. Default: text."))
        .addOption(Command.flag(RENEW, "Make another TLS certificate and key, and nothing else."));
  }

  @Override
  public int run(CommandLine given) {
    Config config =
        ConfigOptions.load(
            given,
            Optional.ofNullable(given.getOptionValue(LISTEN))
                .map(address -> Map.of(Property.LISTEN.name(), address))
                .orElseGet(Map::of));
    Logging.use(config.log());
    if (config.dev().isPresent()) {
      throw new ConfigException("init is not for development: a server with --dev makes its own.");
    }
    if (given.hasOption(RENEW)) {
      return renewCertificate(config);
    }
    Name domain = name(given, DOMAIN, "default");
    Name project = name(given, PROJECT, config.region());
    Name user = name(given, USER, "admin");
    InitReport report = InitReport.of(given.getOptionValue(OUTPUT, "text"), config, out);
    try (Instance instance = Instance.openOrCreate(config)) {
      if (!instance.iam().isEmpty()) {
        System.err.println(
            "keyhold: "
                + (config.sharedStore().isPresent() ? "the database" : config.data())
                + " is initialised already.");
        return Main.FAILED;
      }
      if (config.tls() instanceof Tls.Own own && !Files.exists(own.certificate())) {
        TlsSetup.makeOwn(own, config);
      }
      FirstTenant.make(instance, domain, project, user, report);
      return Main.OK;
    }
  }

  private int renewCertificate(Config config) {
    if (!(config.tls() instanceof Tls.Own own)) {
      throw new ConfigException("--renew-certificate is for tls.mode: auto.");
    }
    if (!RootKeys.exists(config.rootKey())) {
      throw Instance.notInitialised(config);
    }
    TlsSetup.makeOwn(own, config);
    out.println(
        own.certificate()
            + " is new, and ends on "
            + TlsMaterial.expires(own.certificate())
            + ". Restart the server to use it.");
    return Main.OK;
  }

  static Name name(CommandLine given, String option, String fallback) {
    return Name.parse(given.getOptionValue(option, fallback))
        .orElseThrow(() ->
            new ConfigException(
                "--" + option + " must have 1 to 64 characters and no control characters."));
  }
}
