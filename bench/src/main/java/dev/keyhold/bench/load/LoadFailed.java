package dev.keyhold.bench.load;

import java.io.IOException;

/// The bench can't go on, and its message says why to whoever started it.
public final class LoadFailed extends IOException {
  private static final long serialVersionUID = 1;

  public LoadFailed(String message) {
    super(message);
  }
}
