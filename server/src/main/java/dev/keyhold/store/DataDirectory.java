package dev.keyhold.store;

import dev.keyhold.error.Outside;
import dev.keyhold.seal.Ownership;
import dev.keyhold.seal.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// The folder of an embedded store: one process at a time, nobody's eyes but its owner's.
///
///     keyhold.lock      held while a process uses the folder; its text is that process's id
///     keyhold.db        the database, with -wal and -shm beside it while open, and after a kill
public final class DataDirectory implements AutoCloseable {
  private static final String DATABASE = "keyhold.db";

  /// What SQLite keeps beside a database. It takes them for the database's, whatever database that
  /// is.
  private static final List<String> LOGS =
      List.of(DATABASE + "-wal", DATABASE + "-shm", DATABASE + "-journal");

  // Of this process. Asked first: opening and closing the lock file a second time would give back
  // the system's lock, which belongs to the process and not to the channel.
  private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();

  private final Path path;
  private final FileChannel lockFile;

  private DataDirectory(Path path, FileChannel lockFile) {
    this.path = path;
    this.lockFile = lockFile;
  }

  /// Opens the folder, made if it is missing, and locks it against other processes. Writes nothing
  /// but the lock file.
  ///
  /// @throws StoreException when another process has it, it is another user's, or others may read
  ///   it or a file of the database
  public static DataDirectory open(Path path) {
    Path absolute = path.toAbsolutePath().normalize();
    try {
      prepare(absolute);
      Path real = absolute.toRealPath();
      if (!HELD_HERE.add(real)) {
        throw inUse(real, Long.toString(ProcessHandle.current().pid()));
      }
      try {
        return new DataDirectory(real, lock(real));
      } catch (IOException | RuntimeException e) {
        HELD_HERE.remove(real);
        throw e;
      }
    } catch (IOException | UnsupportedOperationException e) {
      throw new StoreException(
          "The data folder " + absolute + " can't be used: " + Outside.words(e) + ".", e);
    }
  }

  public Path path() {
    return path;
  }

  /// Whether a database was made here before, even an empty one.
  public boolean hasDatabase() {
    return Files.exists(databaseFile());
  }

  /// The same of a folder that is not opened.
  public static boolean hasDatabase(Path folder) {
    return Files.exists(databaseFile(folder));
  }

  /// Where the database of a folder is, opened or not.
  public static Path databaseFile(Path folder) {
    return folder.resolve(DATABASE);
  }

  /// Refuses to make a database beside the log of another one: SQLite would put the pages that it
  /// finds there over the new ones, and what is in it may be all that there is of some keys.
  ///
  /// @throws StoreException when there is a log and no database
  public static void requireNoLogAlone(Path folder) {
    List<String> left = LOGS.stream().filter(log -> Files.exists(folder.resolve(log))).toList();
    if (!left.isEmpty() && !hasDatabase(folder)) {
      throw new StoreException(
          "The data folder %s has no %s, but the log of one (%s), which may be all that there is of some keys: put its database back, or move the log away."
              .formatted(folder, DATABASE, String.join(", ", left)));
    }
  }

  Path databaseFile() {
    return databaseFile(path);
  }

  /// Lets the next process in. To be called when the database is closed.
  @Override
  public void close() {
    try {
      lockFile.close();
    } catch (IOException e) {
      throw new StoreException("The lock of " + path + " can't be given back: " + e + ".", e);
    } finally {
      HELD_HERE.remove(path);
    }
  }

  private static void prepare(Path path) throws IOException {
    if (!Files.exists(path)) {
      PrivateFiles.createFolder(path);
      return;
    }
    if (!Files.isDirectory(path)) {
      throw new StoreException("The data folder " + path + " is not a folder.");
    }
    Optional<String> foreign = Ownership.problem(path);
    if (foreign.isPresent()) {
      throw new StoreException("The data folder " + path + " " + foreign.get());
    }
    if (isEmpty(path)) { // made for us with the usual mode: nothing could have been read yet
      PrivateFiles.restrictFolder(path);
      return;
    }
    refuseExposed(path);
    for (String file : List.of(DATABASE, DATABASE + "-wal", DATABASE + "-shm")) {
      if (Files.exists(path.resolve(file))) {
        refuseExposed(path.resolve(file));
      }
    }
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    }
  }

  private static void refuseExposed(Path path) throws IOException {
    var exposure = PrivateFiles.exposure(path);
    if (exposure.isPresent()) {
      String what = Files.isDirectory(path) ? "The data folder " : "The data file ";
      throw new StoreException(what + path + " " + exposure.get());
    }
  }

  private static FileChannel lock(Path folder) throws IOException {
    Path file = folder.resolve("keyhold.lock");
    try {
      PrivateFiles.create(file, new byte[0]);
    } catch (FileAlreadyExistsException e) {
      // of an earlier process: what counts is the lock, not the file
    }
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    if (channel.tryLock() == null) {
      String holder = read(channel);
      channel.close();
      throw inUse(folder, holder);
    }
    channel.truncate(0);
    channel.write(
        ByteBuffer.wrap(
            Long.toString(ProcessHandle.current().pid()).getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  private static StoreException inUse(Path folder, String process) {
    return new StoreException(
        "Another Keyhold (process " + process + ") is using the data folder " + folder + ".");
  }

  private static String read(FileChannel channel) throws IOException {
    var content = ByteBuffer.allocate(20);
    channel.read(content, 0);
    return new String(content.array(), 0, content.position(), StandardCharsets.US_ASCII);
  }
}
