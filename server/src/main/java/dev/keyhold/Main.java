package dev.keyhold;

import dev.keyhold.audit.AuditException;
import dev.keyhold.backup.BackupException;
import dev.keyhold.cli.Command;
import dev.keyhold.cli.DemoCommand;
import dev.keyhold.cli.TrainCommand;
import dev.keyhold.cli.VersionCommand;
import dev.keyhold.error.AlteredException;
import dev.keyhold.error.KmsException;
import dev.keyhold.error.Outside;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.StoreException;
import dev.keyhold.tls.TlsException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.DefaultParser;
import org.apache.commons.cli.Option;
import org.apache.commons.cli.ParseException;
import org.apache.commons.cli.UnrecognizedOptionException;
import org.apache.commons.cli.help.HelpFormatter;

/// Where the process starts: finds the command and turns what it throws into a line and an exit
/// code.
public final class Main {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int MISUSED = 2;
  static final int REFUSED = 3;

  private static final List<Command> COMMANDS =
      List.of(
          new ServerCommand(),
          new InitCommand(System.out),
          new BackupCommand(),
          new RestoreCommand(),
          new StoreCommand(System.out),
          new AuditCommand(),
          new PasswdCommand(System.out),
          new PassphraseCommand(System.out),
          new RootKeyCommand(System.out),
          new DemoCommand(),
          new VersionCommand(),
          new TrainCommand(Main::run));

  private static final Set<String> REPEATED = Set.of(ConfigOptions.SET, AuditCommand.SEGMENTS);

  private static final String EXIT_CODES =
      """

      Exit codes:
        0  it worked; a server was stopped by SIGTERM or SIGINT
        1  it failed while running
        2  the command line or the configuration is wrong
        3  refused to start: not initialised, root key, certificate, permissions, store
      """;

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(run(List.of(arguments)));
  }

  /// @return the exit code
  static int run(List<String> arguments) {
    if (arguments.isEmpty()) {
      printCommands();
      return MISUSED;
    }
    String name = arguments.getFirst();
    if (List.of("--help", "-h", "help").contains(name)) {
      printCommands();
      return OK;
    }
    String asked = name.equals("--version") ? "version" : name;
    return COMMANDS.stream()
        .filter(command -> command.name().equals(asked))
        .findFirst()
        .map(command -> run(command, arguments.subList(1, arguments.size())))
        .orElseGet(() -> {
          List<String> names = COMMANDS.stream().map(Command::name).toList();
          return say(
              "there is no command "
                  + Printable.brief(name)
                  + "."
                  + NearestName.suggestion(name, names)
                  + " See keyhold --help.",
              MISUSED);
        });
  }

  private static int run(Command command, List<String> arguments) {
    try {
      if (arguments.contains("--help") || arguments.contains("-h")) {
        printHelp(command);
        return OK;
      }
      return command.run(parse(command, arguments));
    } catch (ParseException | ConfigException wrong) {
      return say(String.valueOf(wrong.getMessage()), MISUSED);
    } catch (CommandFailed | BackupException failed) {
      return say(String.valueOf(failed.getMessage()), FAILED);
    } catch (StartRefused
        | SealException
        | TlsException
        | StoreException
        | AuditException refused) {
      return say(String.valueOf(refused.getMessage()), REFUSED);
    } catch (AlteredException altered) {
      return say(
          altered.getMessage() + " See keyhold store verify --help, and restore from a backup.",
          REFUSED);
    } catch (KmsException.Unavailable down) { // a server that runs throws it to callers only
      Throwable root = root(down);
      String why = root == down ? "" : ": " + root.getMessage();
      return say(down.getMessage() + why, REFUSED);
    } catch (Exception failure) {
      return report(failure);
    }
  }

  private static CommandLine parse(Command command, List<String> arguments) throws ParseException {
    try {
      CommandLine given =
          DefaultParser.builder()
              .setAllowPartialMatching(
                  false) // a shortened flag would change meaning with a new one
              .get()
              .parse(command.options(), arguments.toArray(String[]::new));
      if (given.getArgList().size() != command.operands().size()) {
        throw new ParseException(
            given.getArgList().isEmpty()
                ? "missing: " + String.join(" ", command.operands())
                : "unexpected: " + Printable.brief(given.getArgList().getLast()));
      }
      Set<String> seen = new HashSet<>();
      for (Option option : given.getOptions()) {
        String flag = option.getLongOpt();
        if (!seen.add(flag) && !REPEATED.contains(flag)) {
          throw new ParseException("--" + flag + " is given twice");
        }
      }
      return given;
    } catch (UnrecognizedOptionException unknown) {
      List<String> names =
          command.options().getOptions().stream()
              .map(option -> "--" + option.getLongOpt())
              .toList();
      String flag = Optional.ofNullable(unknown.getOption()).orElse("");
      throw new ParseException(
          "there is no flag "
              + Printable.brief(flag)
              + "."
              + NearestName.suggestion(flag, names)
              + " See keyhold "
              + command.name()
              + " --help.");
    }
  }

  private static int report(Exception failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return say(
            "can't listen there: " + cause.getMessage() + ". Choose another place with --listen.",
            FAILED);
      }
    }
    Optional<String> outside = Outside.inWords(unwrapped(failure));
    if (outside.isPresent()) {
      return say("failed: " + outside.get() + ".", FAILED);
    }
    failure.printStackTrace();
    return say("failed: " + failure.getMessage(), FAILED);
  }

  private static Throwable root(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private static Throwable unwrapped(Exception failure) {
    IOException cause = failure instanceof UncheckedIOException io ? io.getCause() : null;
    return cause == null ? failure : cause;
  }

  private static int say(String message, int exitCode) {
    System.err.println("keyhold: " + message);
    return exitCode;
  }

  private static void printCommands() {
    System.out.println("usage: keyhold COMMAND [FLAGS]\n");
    COMMANDS.stream()
        .filter(Command::isForUsers)
        .forEach(command -> System.out.printf("  %-10s %s%n", command.name(), command.summary()));
    System.out.println("\nkeyhold COMMAND --help tells its flags.");
    System.out.print(EXIT_CODES);
  }

  private static void printHelp(Command command) throws IOException {
    HelpFormatter.builder()
        .setShowSince(false)
        .get()
        .printHelp(
            String.join(" ", Arrays.asList("keyhold", command.name(), "[FLAGS]")),
            command.summary(),
            command.options(),
            "",
            false);
  }
}
