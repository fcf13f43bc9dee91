package dev.keyhold;

import dev.keyhold.audit.AuditRecords;
import dev.keyhold.audit.AuditTrail;
import dev.keyhold.cli.Command;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.SqlAuditRecords;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.commons.cli.CommandLine;
import org.apache.commons.cli.Options;

/// Reads the audit records of a data folder, whether or not a server is running on it.
final class AuditCommand implements Command {
  private static final String OUTPUT = "output";
  private static final String COLUMNS = "%-24s  %-28s  %-36s  %-11s  %-8s  %-20s  %s%n";

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
            Command.value(OUTPUT, "FILE", "For export: a new file instead of standard output."));
  }

  @Override
  public List<String> operands() {
    return List.of("search|export");
  }

  @Override
  public int run(CommandLine given) throws IOException {
    String what = given.getArgList().getFirst();
    AuditFilter filter = AuditFilter.of(given);
    Config config =
        ConfigOptions.loadEmbedded(
            given, "its records of changes are in the table audit_event, the others in audit.dir.");
    return switch (what) {
      case "search" -> {
        if (given.hasOption(OUTPUT)) {
          throw new ConfigException("--output is for audit export.");
        }
        yield search(config, filter);
      }
      case "export" -> export(config, filter, Optional.ofNullable(given.getOptionValue(OUTPUT)));
      default ->
          throw new ConfigException(
              "audit wants search or export, not " + Printable.brief(what) + ".");
    };
  }

  private static int search(Config config, AuditFilter filter) throws IOException {
    var out =
        new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
    out.printf(COLUMNS, "TIME", "ACTION", "KEY", "OUTCOME", "STATUS", "CALLER", "REQUEST");
    int exit =
        read(
            config,
            filter,
            record ->
                out.printf(
                    COLUMNS,
                    record.text("time"),
                    record.text("action"),
                    record.textOr("key_id", "-"),
                    record.textOr("error", record.text("outcome")),
                    record.textOr("status", "-"),
                    record.caller(),
                    record.text("request_id")));
    out.flush();
    return exit;
  }

  private static int export(Config config, AuditFilter filter, Optional<String> file)
      throws IOException {
    try (OutputStream out = new BufferedOutputStream(target(file))) {
      return read(
          config,
          filter,
          record -> {
            out.write(record.json().getBytes(StandardCharsets.UTF_8));
            out.write('\n');
          });
    }
  }

  private static OutputStream target(Optional<String> file) throws IOException {
    if (file.isEmpty()) {
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
    }
  }

  @FunctionalInterface
  private interface Sink {
    void take(AuditFilter.Found record) throws IOException;
  }

  private static int read(Config config, AuditFilter filter, Sink sink) throws IOException {
    boolean hasDatabase = DataDirectory.hasDatabase(config.data());
    if (!hasDatabase && !Files.isDirectory(config.audit().dir())) {
      throw Instance.notInitialised(config);
    }
    var damaged = new AtomicLong();
    if (hasDatabase) {
      try (var records = SqlAuditRecords.of(config.data())) {
        read(config, filter, sink, Optional.of(records), damaged);
      }
    } else {
      read(config, filter, sink, Optional.empty(), damaged);
    }
    return damaged.get() == 0 ? Main.OK : Main.FAILED;
  }

  private static void read(
      Config config,
      AuditFilter filter,
      Sink sink,
      Optional<AuditRecords> committed,
      AtomicLong damaged)
      throws IOException {
    var failure = new AtomicReference<Optional<IOException>>(Optional.empty());
    new AuditTrail(committed, config.audit().dir())
        .read(
            filter.since(),
            (at, json) -> {
              if (!filter.mayFollow(at)) {
                return false;
              }
              Optional<AuditFilter.Found> found = filter.match(at, json);
              try {
                if (found.isPresent()) {
                  sink.take(found.get());
                }
              } catch (IOException e) {
                failure.set(Optional.of(e));
                return false;
              }
              return !filter.isFull();
            },
            (file, line) -> {
              damaged.incrementAndGet();
              System.err.println("keyhold: " + file + " line " + line + " is damaged.");
            });
    if (failure.get().isPresent()) {
      throw failure.get().get();
    }
  }
}
