package dev.keyhold.store;

import dev.keyhold.seal.OpenedFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The database and its log, as the writer has them open. What is written to files that were
/// removed, moved or replaced would be gone with this process, and a new connection would find
/// other ones, or make them.
///
/// Of the writer's thread, but for [#areDisplaced].
final class SqliteFiles {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteFiles.class);

  private final Path file;
  private final Path logFile;
  private final Optional<OpenedFile> database;
  private Optional<OpenedFile> log;
  private volatile boolean displaced;

  private SqliteFiles(
      Path file, Path logFile, Optional<OpenedFile> database, Optional<OpenedFile> log) {
    this.file = file;
    this.logFile = logFile;
    this.database = database;
    this.log = log;
  }

  /// To be called while a connection of `connections` that writes is open.
  static SqliteFiles opened(SqliteConnections connections) throws IOException {
    Path file = connections.file();
    Path log = connections.log();
    return new SqliteFiles(file, log, OpenedFile.at(file), OpenedFile.at(log));
  }

  /// Whether they are where they were opened; told in the log when that changes.
  boolean look() {
    boolean inPlace =
        Stream.of(database, log).flatMap(Optional::stream).allMatch(OpenedFile::isInPlace);
    if (inPlace == displaced) {
      displaced = !inPlace;
      if (inPlace) {
        LOG.info("{} is back in its place: changes are made again", file);
      } else {
        LOG.error(
            "{} or its -wal was removed, moved or replaced while this server has it open: changes"
                + " are refused with 503 until it is back. Copy what is open before you stop this"
                + " server: see docs/backup.md",
            file);
      }
    }
    return inPlace;
  }

  /// What the last [#look] found. From any thread.
  boolean areDisplaced() {
    return displaced;
  }

  /// To be called in a transaction, by when there is a log, were it one that it has made.
  void noteLog() throws IOException {
    if (log.isEmpty()) {
      log = OpenedFile.at(logFile);
    }
  }

  /// The connection that wrote was closed. While readers have the log open it stays, and the next
  /// connection has to find that very one.
  void connectionClosed() {
    try {
      log = OpenedFile.at(logFile);
    } catch (IOException _) {
      // then it is taken to be as it was
    }
  }
}
