package dev.keyhold.store;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A pooler that can put another PostgreSQL behind connections that it keeps open. Knows no TLS and
/// no passwords.
final class Switchboard implements AutoCloseable {
  private static final byte READY_FOR_QUERY = 'Z';

  private final ServerSocket listener;
  private final List<Line> lines = new CopyOnWriteArrayList<>();
  private volatile int target;

  private Switchboard(ServerSocket listener, int target) {
    this.listener = listener;
    this.target = target;
  }

  static Switchboard to(TestPostgres postgres) {
    try {
      var board =
          new Switchboard(
              new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), postgres.port());
      thread(board::accept);
      return board;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The URL of a database, through this. Statements that are prepared in one server are not known
  /// to the other one.
  String url(String url) {
    return "jdbc:postgresql://127.0.0.1:"
        + listener.getLocalPort()
        + url.substring(url.lastIndexOf('/'))
        + "?sslmode=disable&prepareThreshold=0";
  }

  /// New connections lead there.
  void route(TestPostgres postgres) {
    target = postgres.port();
  }

  /// So do those that there are, none of which may be in use.
  void swap(TestPostgres postgres) {
    route(postgres);
    lines.forEach(line -> unchecked(line::swap));
  }

  @Override
  public void close() {
    unchecked(listener::close);
    lines.forEach(Line::hangUp);
  }

  private void accept() throws IOException {
    while (true) {
      Socket near = listener.accept();
      thread(() -> {
        var line = new Line(near);
        lines.add(line);
        line.open();
      });
    }
  }

  private final class Line {
    private final Socket near;
    private byte[] login = {};
    private volatile Socket far = new Socket();

    Line(Socket near) {
      this.near = near;
    }

    void open() throws IOException {
      var in = new DataInputStream(near.getInputStream());
      int length = in.readInt();
      var message = new ByteArrayOutputStream();
      var out = new DataOutputStream(message);
      out.writeInt(length);
      out.write(in.readNBytes(length - Integer.BYTES));
      login = message.toByteArray();
      far = connected();
      answers(far);
      try {
        byte[] buffer = new byte[8192];
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          far.getOutputStream().write(buffer, 0, count);
        }
      } finally {
        hangUp();
      }
    }

    void swap() throws IOException {
      if (near.isClosed()) {
        return;
      }
      Socket other = connected();
      var in = new DataInputStream(other.getInputStream());
      byte type;
      do {
        type = in.readByte();
        in.skipNBytes(in.readInt() - Integer.BYTES);
      } while (type != READY_FOR_QUERY);
      Socket before = far;
      far = other;
      before.close();
      answers(other);
    }

    private Socket connected() throws IOException {
      var socket = new Socket(InetAddress.getLoopbackAddress(), target);
      socket.getOutputStream().write(login);
      return socket;
    }

    private void answers(Socket from) {
      thread(() -> {
        try {
          from.getInputStream().transferTo(near.getOutputStream());
        } finally {
          if (far.equals(from)) { // and no other one is behind the line by now
            hangUp();
          }
        }
      });
    }

    void hangUp() {
      unchecked(near::close);
      unchecked(far::close);
    }
  }

  private interface Work {
    void run() throws IOException;
  }

  private static void thread(Work work) {
    Thread.ofVirtual()
        .start(() -> {
          try {
            work.run();
          } catch (IOException _) {
            // one of the two has hung up
          }
        });
  }

  private static void unchecked(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
