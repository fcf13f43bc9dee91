package dev.keyhold.http;

/// The bytes that one thing of a connection has of its event loop's room. Used on that event loop
/// only.
final class Claim {
  private final EdgeLoop loop;
  private int bytes;

  Claim(EdgeLoop loop) {
    this.loop = loop;
  }

  int bytes() {
    return bytes;
  }

  /// Takes or gives back what is missing to `wanted`, or too much.
  ///
  /// @return false when there is no room for more: it stays as it was
  boolean set(int wanted) {
    if (wanted > bytes && !loop.hold(wanted - bytes)) {
      return false;
    }
    if (wanted < bytes) {
      loop.giveBack(bytes - wanted);
    }
    bytes = wanted;
    return true;
  }

  void end() {
    loop.giveBack(bytes);
    bytes = 0;
  }
}
