package dev.keyhold;

import java.io.Console;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/// Where what a command tells goes, whatever its standard input and output are.
final class StandardError {
  private static final Path LINK = Path.of("/proc/self/fd/2");
  private static final Pattern TERMINAL = Pattern.compile("/dev/(pts/\\d+|tty\\w*|console)");

  private StandardError() {}

  static boolean isTerminal() {
    return isTerminal(LINK);
  }

  /// @param link as the kernel has it for an open file
  static boolean isTerminal(Path link) {
    try {
      return TERMINAL.matcher(Files.readSymbolicLink(link).toString()).matches();
    } catch (IOException | UnsupportedOperationException _) {
      // Not Linux. The JDK's console is one only if input and output are a terminal too.
      return Optional.ofNullable(System.console()).filter(Console::isTerminal).isPresent();
    }
  }
}
