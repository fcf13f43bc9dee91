package dev.keyhold;

import org.jspecify.annotations.NullMarked;

/// Where the process starts.
@NullMarked
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    System.out.println("keyhold");
  }
}
