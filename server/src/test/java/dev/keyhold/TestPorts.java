package dev.keyhold;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;

/// Ports for what a test starts and must name the port to.
///
/// A port that the kernel has picked and a test has closed again is anybody's until the server has
/// it: another test's, or that of any connection that is made meanwhile. These are below the range
/// that connections take theirs from, and belong to one process of all that run tests: to the one
/// that listens on the first port of their block, which the kernel gives to one alone and takes
/// back when the process ends.
public final class TestPorts {
  private static final int FIRST = 10_000;
  private static final int END = 30_000;
  private static final int BLOCK = 200;

  /// Listening as long as this process runs: one that nobody refers to would be closed some day.
  private static final List<ServerSocket> BLOCKS = new ArrayList<>();

  private static int block = FIRST - BLOCK;
  private static int next = FIRST;

  private TestPorts() {}

  /// One that nobody listens on, and that this process is not given again.
  public static synchronized int free() {
    try {
      while (true) {
        if (next >= block + BLOCK) {
          takeBlock();
        }
        int port = next++;
        if (isFree(port)) {
          return port;
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void takeBlock() throws IOException {
    for (block += BLOCK; block < END; block += BLOCK) {
      try {
        BLOCKS.add(new ServerSocket(block, 1, InetAddress.getLoopbackAddress()));
        next = block + 1;
        return;
      } catch (BindException _) {
        // another process's
      }
    }
    throw new IllegalStateException("all ports from " + FIRST + " to " + END + " are in use");
  }

  /// At none of the addresses of this machine does anybody listen.
  private static boolean isFree(int port) throws IOException {
    try (var probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(port));
      return true;
    } catch (BindException _) {
      return false;
    }
  }
}
