package dev.keyhold;

import dev.keyhold.cli.Command;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Reads the audit records of a store, whether or not servers are running on it: those of changes,
/// which the store has, and all others, which each node has in a folder of its own.
final class AuditCommand implements Command {
  private static final String OUTPUT = "output";
  static final String SEGMENTS = "segments";

  @Override
  public String name() {
    return "audit";
  }

  @Override
  public String summary() {
    return "Shows the audit records (search) or prints them as JSON lines (export).";
  }

  @Override
  public Options options() {
    return AuditFilter.addTo(ConfigOptions.all())
        .addOption(
            Command.value(OUTPUT, "FILE", "For export: a new file instead of standard output."))
        .addOption(
            Command.value(
                SEGMENTS,
                "DIR",
                "An audit folder, or a copy of one, to be read instead of audit.dir; may be given"
                    + " again for other nodes."));
  }

  @Override
  public List<String> operands() {
    return List.of("search|export");
  }

  @Override
  public int run(CommandLine given) throws IOException {
    String what = given.getArgList().getFirst();
    AuditFilter filter = AuditFilter.of(given);
    Config config = ConfigOptions.load(given, Map.of());
    Logging.use(config.log());
    var source = new AuditSource(config, folders(given, config));
    return switch (what) {
      case "search" -> {
        if (given.hasOption(OUTPUT)) {
          throw new ConfigException("--output is for audit export.");
        }
        yield search(source, filter);
      }
      case "export" -> export(source, filter, Optional.ofNullable(given.getOptionValue(OUTPUT)));
      default ->
          throw new ConfigException(
              "audit wants search or export, not " + Printable.brief(what) + ".");
    };
  }

  private static List<Path> folders(CommandLine given, Config config) {
    String[] named = given.getOptionValues(SEGMENTS);
    if (named == null) {
      return List.of(config.audit().dir());
    }
    return Stream.of(named)
        .map(Path::of)
        .peek(folder -> {
          if (!Files.isDirectory(folder)) {
            throw new ConfigException("--segments: there is no folder " + folder + ".");
          }
        })
        .toList();
  }

  private static int search(AuditSource source, AuditFilter filter) throws IOException {
    try (OutputStream out = new BufferedOutputStream(target(Optional.empty()))) {
      write(out, line("TIME", "ACTION", "KEY", "OUTCOME", "STATUS", "CALLER", "REQUEST"));
      return source.read(
          filter,
          record ->
              write(
                  out,
                  line(
                      record.text("time"),
                      record.text("action"),
                      record.textOr("key_id", "-"),
                      record.textOr("error", record.text("outcome")),
                      record.textOr("status", "-"),
                      record.caller(),
                      record.text("request_id"))));
    }
  }

  private static String line(Object... cells) {
    return "%-24s  %-28s  %-36s  %-11s  %-8s  %-20s  %s%n".formatted(cells);
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }

  private static int export(AuditSource source, AuditFilter filter, Optional<String> file)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(target(file))) {
      return source.read(filter, record -> write(out, record.json() + '\n'));
    }
  }

  private static OutputStream target(Optional<String> file) throws IOException {
    if (file.isEmpty()) { // not System.out, which tells of no failure
      return new FileOutputStream(FileDescriptor.out);
    }
    try {
      return Channels.newOutputStream(
          Files.newByteChannel(
              Path.of(file.get()),
              Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))));
    } catch (FileAlreadyExistsException _) {
      throw new ConfigException("--output: there is a file " + file.get() + " already.");
    } catch (NoSuchFileException _) {
      throw new ConfigException("--output: there is no folder for " + file.get() + ".");
    }
  }
}
