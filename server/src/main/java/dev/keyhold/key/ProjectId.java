package dev.keyhold.key;

/// The project that owns a CMK: 32 lower-case hexadecimal characters.
public record ProjectId(String text) {
  public ProjectId {
    if (!HexId.isWellFormed(text)) {
      throw new IllegalArgumentException("not a project id");
    }
  }

  public static ProjectId random() {
    return new ProjectId(HexId.random());
  }

  public static boolean isWellFormed(String text) {
    return HexId.isWellFormed(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
