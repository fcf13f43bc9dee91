package dev.keyhold.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// The network between a node and its database, which a test can break for that node alone.
final class TcpRelay implements AutoCloseable {
  private enum State {
    OPEN,
    FROZEN,
    CUT
  }

  private final ServerSocket listener;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final Object change = new Object();
  private State state = State.OPEN;

  private TcpRelay(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  /// To this port on loopback.
  static TcpRelay to(int target) {
    try {
      var relay = new TcpRelay(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), target);
      thread(relay::accept);
      return relay;
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  int port() {
    return listener.getLocalPort();
  }

  /// Nothing gets through any more, and nobody is told: as when packets are dropped.
  void freeze() {
    set(State.FROZEN);
  }

  /// Breaks all connections and refuses new ones.
  void cut() {
    set(State.CUT);
    sockets.forEach(TcpRelay::close);
  }

  /// As it was; what was held back goes on its way.
  void heal() {
    set(State.OPEN);
  }

  private void set(State next) {
    synchronized (change) {
      state = next;
      change.notifyAll();
    }
  }

  private State awaitNotFrozen() throws InterruptedException {
    synchronized (change) {
      while (state == State.FROZEN) {
        change.wait();
      }
      return state;
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket near = listener.accept();
        if (awaitNotFrozen() == State.CUT) {
          near.close();
        } else {
          join(near);
        }
      }
    } catch (IOException | InterruptedException _) {
      close();
    }
  }

  private void join(Socket near) {
    try {
      var far = new Socket(InetAddress.getLoopbackAddress(), target);
      sockets.add(near);
      sockets.add(far);
      thread(() -> copy(near, far));
      thread(() -> copy(far, near));
    } catch (IOException _) {
      close(near); // the database is not there now, and may be later
    }
  }

  private void copy(Socket from, Socket to) {
    var buffer = new byte[16 * 1024];
    try {
      var in = from.getInputStream();
      var out = to.getOutputStream();
      int count = in.read(buffer);
      while (count >= 0 && awaitNotFrozen() == State.OPEN) {
        out.write(buffer, 0, count);
        count = in.read(buffer);
      }
    } catch (IOException | InterruptedException _) {
      // the other direction ends too
    }
    close(from);
    close(to);
    sockets.remove(from);
    sockets.remove(to);
  }

  private static void thread(Runnable work) {
    Thread.ofVirtual().start(work);
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  @Override
  public void close() {
    try {
      listener.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    cut();
  }
}
