package dev.keyhold.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.sqlite.util.OSInfo;

/// Takes the native libraries out of their jars once, instead of into the temporary folder at each
/// start: faster, works where that folder is mounted `noexec`, and leaves nothing behind there.
final class NativeLibraries {
  private NativeLibraries() {}

  static void extractTo(Path folder) throws IOException {
    Files.createDirectories(folder);
    String sqlite = System.mapLibraryName("sqlitejdbc");
    copy(
        "/org/sqlite/native/" + OSInfo.getNativeLibFolderPathForCurrentOS() + "/" + sqlite,
        folder.resolve(sqlite));
    for (String architecture : List.of("x86_64", "aarch_64")) {
      String epoll = "libnetty_transport_native_epoll_" + architecture + ".so";
      copy("/META-INF/native/" + epoll, folder.resolve(epoll));
    }
  }

  /// A library that this platform does not have is found by its own loader, or not needed.
  private static void copy(String resource, Path target) throws IOException {
    try (InputStream library = NativeLibraries.class.getResourceAsStream(resource)) {
      if (library != null) {
        Files.copy(library, target, StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }
}
