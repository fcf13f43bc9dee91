package dev.keyhold.http;

import java.util.concurrent.atomic.AtomicInteger;

/// What all connections share.
final class Edge {
  final RouteTable table;
  final Dispatcher dispatcher;
  final Limits limits;
  final RequestIds requestIds = new RequestIds();
  final AtomicInteger connections = new AtomicInteger();

  /// Whether this server is about to stop: answers then say that their connection ends.
  volatile boolean draining;

  Edge(RouteTable table, Dispatcher dispatcher, Limits limits) {
    this.table = table;
    this.dispatcher = dispatcher;
    this.limits = limits;
  }

  /// Whether idle connections had better make room.
  boolean isCrowded() {
    return connections.get() > limits.connections() - limits.connections() / 4;
  }
}
