package dev.keyhold;

import dev.keyhold.cli.VersionCommand;
import dev.keyhold.seal.SealException;
import dev.keyhold.tls.TlsException;
import java.io.PrintWriter;
import java.net.BindException;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// Where the process starts.
@Command(
    name = "keyhold",
    description = "A self-hosted key management service.",
    mixinStandardHelpOptions = true,
    versionProvider = VersionCommand.class,
    subcommands = {ServerCommand.class, VersionCommand.class},
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:it worked; a server was stopped by SIGTERM or SIGINT",
      "1:it failed while running",
      "2:the command line or the configuration is wrong",
      "3:the server refuses to start: not initialised, root key, certificate, permissions"
    })
public final class Main implements Runnable {
  static final int OK = 0;
  static final int FAILED = 1;
  static final int MISUSED = 2;
  static final int REFUSED = 3;

  @Spec private @org.jspecify.annotations.Nullable CommandSpec spec;

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler((failure, command, _) -> report(failure, command.getErr()));
  }

  /// Without a command there is nothing to do.
  @Override
  public void run() {
    throw new ParameterException(
        java.util.Objects.requireNonNull(spec).commandLine(), "Which command?");
  }

  private static int report(Exception failure, PrintWriter err) {
    return switch (failure) {
      case ConfigException _ -> say(failure.getMessage(), MISUSED, err);
      case StartRefused _ -> say(failure.getMessage(), REFUSED, err);
      case SealException _ -> say(failure.getMessage(), REFUSED, err);
      case TlsException _ -> say(failure.getMessage(), REFUSED, err);
      default -> {
        Optional<String> bind = bindFailure(failure);
        if (bind.isEmpty()) {
          failure.printStackTrace(err);
        }
        yield say(bind.orElse("failed: " + failure.getMessage()), FAILED, err);
      }
    };
  }

  private static Optional<String> bindFailure(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof BindException) {
        return Optional.of(
            "can't listen there: " + cause.getMessage() + ". Choose another place with --listen.");
      }
    }
    return Optional.empty();
  }

  private static int say(
      @org.jspecify.annotations.Nullable String message, int code, PrintWriter err) {
    err.println("keyhold: " + message);
    err.flush();
    return code;
  }
}
