package dev.keyhold.key;

/// Who a grant is for: a user, or every user of a domain. Whether there is such a one is not asked.
///
/// @param id 1 to 64 letters and digits
public record Grantee(Type type, String id) {
  private static final int MOST_CHARS = 64;

  public enum Type {
    USER("user"),
    DOMAIN("domain");

    private final String wireName;

    Type(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }

  public Grantee {
    if (!isPrincipal(id)) {
      throw new IllegalArgumentException("not a principal");
    }
  }

  /// Whether a text has the form of a user's or domain's id in a grant.
  public static boolean isPrincipal(String text) {
    return !text.isEmpty()
        && text.length() <= MOST_CHARS
        && text.chars()
            .allMatch(
                c -> (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'));
  }
}
