package dev.keyhold.http;

import java.time.Duration;

/// What the edge bears from a client before it knows who it is. Routes have limits of their own for
/// bodies.
///
/// @param connections open connections, from when they are accepted; one more is closed at once
/// @param uriBytes the longest request target
/// @param headerBytes the longest single header line
/// @param headBytes all header lines together
/// @param headTime for a head to arrive, from its first byte, or from the connection's begin
/// @param idleTime between two requests, as long as there are not too many connections; longer than
///   the official SDK keeps its connections, since it silently resends what it sent into a
///   connection that was just being closed
/// @param writeTime for a client to take its answer
/// @param unfinishedBytes what heads of requests without an answer, and bodies that are not whole
///   yet, may take together: nobody has authenticated who sends them
/// @param unreadBytes what answers that their clients have not read may take together
/// @param tick how often all of these are looked at
public record Limits(
    int connections,
    int uriBytes,
    int headerBytes,
    int headBytes,
    Duration headTime,
    Duration idleTime,
    Duration writeTime,
    long unfinishedBytes,
    long unreadBytes,
    Duration tick) {

  /// The cloud gateway's sizes (API Gateway, "Error Codes") and our times.
  public static Limits standard() {
    return new Limits(
        12_000,
        32 * 1024,
        32 * 1024,
        128 * 1024,
        Duration.ofSeconds(10),
        Duration.ofMinutes(6),
        Duration.ofSeconds(10),
        Runtime.getRuntime().maxMemory() / 6,
        Runtime.getRuntime().maxMemory() / 6,
        Duration.ofMillis(250));
  }

  public Limits withConnections(int most) {
    return new Limits(
        most,
        uriBytes,
        headerBytes,
        headBytes,
        headTime,
        idleTime,
        writeTime,
        unfinishedBytes,
        unreadBytes,
        tick);
  }

  public Limits withTimes(Duration head, Duration idle, Duration write, Duration tick) {
    return new Limits(
        connections,
        uriBytes,
        headerBytes,
        headBytes,
        head,
        idle,
        write,
        unfinishedBytes,
        unreadBytes,
        tick);
  }

  int headTicks() {
    return ticks(headTime);
  }

  int idleTicks() {
    return ticks(idleTime);
  }

  int writeTicks() {
    return ticks(writeTime);
  }

  public Limits withUnfinished(long bytes) {
    return withRoom(bytes, unreadBytes);
  }

  public Limits withUnread(long bytes) {
    return withRoom(unfinishedBytes, bytes);
  }

  private Limits withRoom(long unfinished, long unread) {
    return new Limits(
        connections,
        uriBytes,
        headerBytes,
        headBytes,
        headTime,
        idleTime,
        writeTime,
        unfinished,
        unread,
        tick);
  }

  /// How many ticks cover `time`.
  int ticks(Duration time) {
    return Math.toIntExact(Math.ceilDiv(time.toNanos(), tick.toNanos()));
  }
}
