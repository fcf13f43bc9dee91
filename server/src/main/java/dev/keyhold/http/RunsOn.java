package dev.keyhold.http;

/// Where a call runs first.
public enum RunsOn {
  /// On the connection's event loop, where nothing may wait: for calls that find all they need in
  /// memory and compute for microseconds. One that is about to wait says so with
  /// [dev.keyhold.error.Blocking#ahead] and is run again, from its start, on a virtual thread.
  EVENT_LOOP,

  /// On a virtual thread of its own, where it may wait.
  VIRTUAL_THREAD
}
