package dev.keyhold;

import dev.keyhold.cli.Command;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.Name;
import dev.keyhold.iam.Password;
import dev.keyhold.iam.User;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;
import tools.jackson.databind.json.JsonMapper;

/// Gives a user a new random password in place of a lost one, while the server is stopped. Who may
/// read the data folder and the root key may do that; the lock of the folder refuses it while a
/// server runs.
final class PasswdCommand implements Command {
  private static final String DOMAIN = "domain";
  private static final String USER = "user";
  private static final String OUTPUT = "output";

  private final PrintStream out;

  PasswdCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String name() {
    return "passwd";
  }

  @Override
  public String summary() {
    return "Gives a user a new random password; the server must be stopped.";
  }

  @Override
  public Options options() {
    return ConfigOptions.all()
        .addOption(Command.value(DOMAIN, "NAME", "The user's domain. Default: default."))
        .addOption(Command.value(USER, "NAME", "The user. Default: admin."))
        .addOption(Command.value(OUTPUT, "FORMAT", "text or json. Default: text."));
  }

  @Override
  public int run(CommandLine given) {
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    Name domainName = InitCommand.name(given, DOMAIN, "default");
    Name userName = InitCommand.name(given, USER, "admin");
    String format = given.getOptionValue(OUTPUT, "text");
    if (!format.equals("text") && !format.equals("json")) {
      throw new ConfigException("--output must be text or json.");
    }
    try (Instance instance = Instance.open(config)) {
      Optional<Domain> domain = instance.iam().domain(domainName);
      Optional<User> user = domain.flatMap(found -> instance.iam().user(found.id(), userName));
      if (user.isEmpty()) {
        System.err.println("keyhold: there is no such user. --domain and --user name one.");
        return Main.FAILED;
      }
      instance
          .admin()
          .resetPassword(
              user.get().id(),
              password -> tell(format.equals("json"), domainName, userName, password));
      return Main.OK;
    }
  }

  private void tell(boolean json, Name domain, Name user, Password password) {
    String secret = password.lend(String::new);
    out.println(json ? json(domain, user, secret) : text(domain, user, secret));
    if (out.checkError()) {
      throw new CommandFailed("The password could not be printed: nothing has changed.");
    }
  }

  private static String text(Name domain, Name user, String password) {
    return """
    The new password, shown now and never again. All tokens of the user are void.
    Their access keys stay valid. With the password, end one that is not to be:
    DELETE /v3.0/OS-CREDENTIAL/credentials/{access_key}
      domain      %s
      user        %s
      password    %s\
    """
        .formatted(domain.text(), user.text(), password);
  }

  private static String json(Name domain, Name user, String password) {
    var mapper = new JsonMapper();
    var json = mapper.createObjectNode();
    json.put("domain_name", domain.text()).put("user_name", user.text()).put("password", password);
    return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(json);
  }
}
