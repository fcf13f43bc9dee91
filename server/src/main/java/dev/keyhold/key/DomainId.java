package dev.keyhold.key;

/// The account (Keystone: domain) that owns projects and users: 32 lower-case hexadecimal
/// characters.
public record DomainId(String text) {
  public DomainId {
    if (!HexId.isWellFormed(text)) {
      throw new IllegalArgumentException("not a domain id");
    }
  }

  public static DomainId random() {
    return new DomainId(HexId.random());
  }

  public static boolean isWellFormed(String text) {
    return HexId.isWellFormed(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
