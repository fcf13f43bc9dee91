package dev.keyhold.client;

import dev.keyhold.store.TestPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/// Several Keyhold nodes, each a process with a data folder of its own, on one new database.
///
/// Made, then configured as a whole or node by node, then started:
///
/// ```
/// try (var cluster = Cluster.on(postgres, 3).with("staleness.max", "2s").start()) {
///   Kms.of(cluster.tenant(0)).disable(key);
///   cluster.node(1).kill();
///   cluster.node(1).start();
/// }
/// ```
final class Cluster implements AutoCloseable {
  private final TestPostgres postgres;
  private final String url;
  private final List<ServerProcess> nodes = new ArrayList<>();

  private Cluster(TestPostgres postgres, String url, int size) {
    this.postgres = postgres;
    this.url = url;
    for (int i = 0; i < size; i++) {
      nodes.add(
          ServerProcess.onNewFolder().with("store.url", url).with("store.user", TestPostgres.USER));
    }
  }

  /// On a new database of `postgres`, which stays the caller's.
  static Cluster on(TestPostgres postgres, int size) {
    return on(postgres, postgres.newDatabase(), size);
  }

  /// On this empty database, as the nodes are to reach it.
  static Cluster on(TestPostgres postgres, String url, int size) {
    return new Cluster(postgres, url, size);
  }

  /// A property of all nodes, for their next start. That of one node is `node(i).with(…)`.
  Cluster with(String property, String value) {
    nodes.forEach(node -> node.with(property, value));
    return this;
  }

  /// Starts the first node, which makes the root key and the tenants, then the others at once.
  Cluster start() {
    try {
      nodes.getFirst().start();
      List<ServerProcess> others = nodes.subList(1, nodes.size());
      for (ServerProcess node : others) {
        join(node);
        node.launch();
      }
      others.forEach(ServerProcess::awaitReady);
      return this;
    } catch (RuntimeException | AssertionError failure) {
      close(); // whoever was given no cluster can't
      throw failure;
    }
  }

  /// What an operator copies to another node; the credentials are for this test.
  private void join(ServerProcess node) {
    Path first = nodes.getFirst().data();
    try {
      for (String file : List.of("root.key", "dev-credentials.json")) {
        Files.copy(
            first.resolve(file),
            node.data().resolve(file),
            StandardCopyOption.COPY_ATTRIBUTES,
            StandardCopyOption.REPLACE_EXISTING);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  int size() {
    return nodes.size();
  }

  ServerProcess node(int index) {
    return nodes.get(index);
  }

  List<ServerProcess> nodes() {
    return List.copyOf(nodes);
  }

  /// The first account, reached at this node.
  Tenant tenant(int index) {
    return node(index).tenant();
  }

  Tenant otherTenant(int index) {
    return node(index).otherTenant();
  }

  /// The first account's calls to each node, under one token of the first.
  List<Http> callers() {
    String token = Login.token(tenant(0));
    return nodes.stream().map(node -> Http.withToken(node.tenant(), token)).toList();
  }

  TestPostgres postgres() {
    return postgres;
  }

  /// The JDBC URL of the database.
  String url() {
    return url;
  }

  /// The one value of a query, asked of the database itself.
  String value(String query) {
    return postgres.value(url, query);
  }

  /// Ends the nodes at once. The database goes with its PostgreSQL.
  @Override
  public void close() {
    nodes.forEach(ServerProcess::close);
  }
}
