package dev.keyhold.feed;

import java.util.Arrays;
import java.util.Optional;

/// Something that nodes may hold in memory, and that is another now.
///
/// @param id what of its kind; see [Kind]
public record Change(Kind kind, String id) {
  /// What can change, and how its id is written. The names are in the database: nodes of different
  /// versions share it.
  public enum Kind {
    /// A CMK or its material, by its id.
    KEY,

    /// The grants on a key that one grantee holds: [#id(String...)] of key, type, grantee.
    GRANTS,

    /// What an alias stands for: [#id(String...)] of domain and name.
    ALIAS,

    /// A user, by their id.
    USER,

    /// An access key, by its id.
    ACCESS_KEY,

    /// A dedicated keystore, by its id.
    KEYSTORE,

    /// Which projects a domain has, by the domain's id.
    PROJECTS,

    /// A CMK that was made under the id of one in another region, by that id. There may have been
    /// one here before, with grants and aliases that went with it.
    REPLICA,

    /// The root key of the store; the id says nothing.
    ROOT_KEY;

    public static Optional<Kind> find(String name) {
      return Arrays.stream(values()).filter(kind -> kind.name().equals(name)).findFirst();
    }
  }

  /// An id of several parts, of which only the last may have a space in it.
  public static String id(String... parts) {
    return String.join(" ", parts);
  }

  /// @throws IllegalArgumentException when `id` is not one of that many parts
  public static String[] parts(String id, int count) {
    String[] parts = id.split(" ", count);
    if (parts.length != count) {
      throw new IllegalArgumentException("not an id of " + count + " parts");
    }
    return parts;
  }
}
