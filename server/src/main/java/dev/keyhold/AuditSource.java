package dev.keyhold;

import dev.keyhold.audit.AuditRecords;
import dev.keyhold.audit.AuditTrail;
import dev.keyhold.store.DataDirectory;
import dev.keyhold.store.SqlAuditRecords;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;

/// Where the audit records are that a command reads.
///
/// @param folders of segments
record AuditSource(Config config, List<Path> folders) {
  /// Takes what was asked for.
  @FunctionalInterface
  interface Sink {
    void take(AuditFilter.Found record) throws IOException;
  }

  /// @return the exit code
  int read(AuditFilter filter, Sink sink) throws IOException {
    if (config.sharedStore().isPresent()) {
      Instance.refuseExposedPassword(config);
      try (var records = SqlAuditRecords.of(config.sharedStore().get())) {
        return read(filter, sink, Optional.of(records));
      }
    }
    if (DataDirectory.hasDatabase(config.data())) {
      try (var records = SqlAuditRecords.of(config.data())) {
        return read(filter, sink, Optional.of(records));
      }
    }
    if (folders.stream().noneMatch(Files::isDirectory)) {
      throw Instance.notInitialised(config);
    }
    return read(filter, sink, Optional.empty());
  }

  private int read(AuditFilter filter, Sink sink, Optional<AuditRecords> committed)
      throws IOException {
    var reading = new Reading();
    List<Path> missing = missing();
    for (Path folder : missing) {
      System.err.println(
          "keyhold: there is no folder "
              + folder
              + ": all that it may have had is left out. audit.dir or --segments tell another.");
    }
    new AuditTrail(committed, folders)
        .read(
            filter.since(),
            filter.until(),
            (at, json) -> {
              try {
                Optional<AuditFilter.Found> found = filter.match(at, json);
                if (found.isPresent()) {
                  reading.nodes.add(found.get().text("node"));
                  sink.take(found.get());
                }
              } catch (JacksonException _) { // of a row that somebody has altered
                reading.damaged("a record of " + at + " is damaged");
              } catch (IOException e) {
                reading.failure = Optional.of(e);
                return false;
              }
              return !filter.isFull();
            },
            damage -> reading.damaged(damage.toString()));
    if (reading.failure.isPresent()) {
      throw reading.failure.get();
    }
    if (config.sharedStore().isPresent()) {
      tellOfNodes(reading.nodes);
    }
    return reading.damaged == 0 && missing.isEmpty() ? Main.OK : Main.FAILED;
  }

  /// A store whose servers record nothing has no folder.
  private List<Path> missing() {
    return config.audit().enabled()
        ? folders.stream().filter(folder -> !Files.isDirectory(folder)).toList()
        : List.of();
  }

  private static final class Reading {
    private final TreeSet<String> nodes = new TreeSet<>();
    private Optional<IOException> failure = Optional.empty();
    private long damaged;

    void damaged(String what) {
      damaged++;
      System.err.println("keyhold: " + what + ".");
    }
  }

  /// Which nodes' folders were read, and who else has one.
  private void tellOfNodes(TreeSet<String> named) throws IOException {
    for (Path folder : folders.stream().filter(Files::isDirectory).toList()) {
      Optional<String> node = AuditTrail.nodeOf(folder);
      System.err.println(
          "keyhold: read "
              + folder
              + node.map(id -> " of node " + id).orElse(", which no node has written to")
              + ".");
      node.ifPresent(named::remove);
    }
    if (!named.isEmpty()) {
      System.err.println(
          "keyhold: not read: the folders of "
              + String.join(", ", named)
              + ", of which there are only records of changes here. Give all folders with"
              + " --segments.");
    }
  }
}
