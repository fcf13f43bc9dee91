package dev.keyhold.store;

import dev.keyhold.seal.KekRepository;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Builds the database of a data folder from rows. It is built under another name and gets its own
/// in [#finish]: what was restored in part is never opened.
public final class SqliteRestore implements RestoreTarget {
  private final DataDirectory directory;
  private final Path building;
  private final SqliteRows rows;

  private SqliteRestore(DataDirectory directory, Path building, SqliteRows rows) {
    this.directory = directory;
    this.building = building;
    this.rows = rows;
  }

  /// @param directory has no database yet, and nothing of one
  /// @param schema the version whose tables and columns the rows have
  /// @throws StoreException when it has, or this Keyhold does not know the schema
  public static SqliteRestore into(DataDirectory directory, int schema) {
    if (directory.hasDatabase()) {
      throw new StoreException(
          "There is a database in " + directory.path() + " already: it is kept.");
    }
    DataDirectory.requireNoLogAlone(directory.path());
    Migrations.requireKnown(schema);
    Path building = directory.path().resolve("restore.db");
    try {
      SnapshotFile.at(building).delete(); // of a restore that was broken off
      return new SqliteRestore(directory, building, SqliteRows.into(building, schema));
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  @Override
  public void table(String name, List<String> columns) {
    rows.table(name, columns);
  }

  @Override
  public void row(List<Optional<Object>> values) {
    rows.row(values);
  }

  @Override
  public void finish(Consumer<KekRepository> guard) {
    try {
      rows.finish();
      SnapshotFile.at(building).keks(guard);
      Path file = DataDirectory.databaseFile(directory.path());
      sync(building);
      Files.move(building, file, StandardCopyOption.ATOMIC_MOVE);
      sync(directory.path());
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void close() {
    try {
      rows.close();
      SnapshotFile.at(building).delete();
    } catch (SQLException | IOException e) {
      throw failed(building, e);
    }
  }

  private static StoreException failed(Path building, Exception e) {
    return new StoreException("The database " + building + " can't be built: " + e + ".", e);
  }
}
