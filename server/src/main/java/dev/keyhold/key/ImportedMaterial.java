package dev.keyhold.key;

import dev.keyhold.crypto.Bytes;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/// What is known of the material that was imported into an external key, even once it is deleted:
/// only the same may be imported again.
///
/// @param versions by their number; the one after the current version awaits rotation
public record ImportedMaterial(List<Version> versions) {
  private static final long NEVER = Long.MIN_VALUE;
  private static final int FIXED_BYTES = 1 + Long.BYTES + Short.BYTES;

  /// @param print a MAC over the material under a key of the project; it tells nothing to whom has
  ///   not that key
  /// @param present false when the material was deleted or has expired
  /// @param expiresAt when the material is to be deleted; empty for never, and when it is not
  ///   present
  public record Version(Bytes print, boolean present, Optional<Instant> expiresAt) {
    private Version deleted() {
      return new Version(print, false, Optional.empty());
    }

    private boolean hasExpired(Instant now) {
      return expiresAt.filter(at -> !at.isAfter(now)).isPresent();
    }
  }

  public ImportedMaterial {
    versions = List.copyOf(versions);
  }

  static final ImportedMaterial NONE = new ImportedMaterial(List.of());

  public static ImportedMaterial first(Bytes print, Optional<Instant> expiresAt) {
    return NONE.with(0, print, expiresAt);
  }

  /// @param version one of these, or the one after them
  ImportedMaterial with(int version, Bytes print, Optional<Instant> expiresAt) {
    var next = new ArrayList<>(versions);
    var added = new Version(print, true, expiresAt);
    if (version == next.size()) {
      next.add(added);
    } else {
      next.set(version, added);
    }
    return new ImportedMaterial(next);
  }

  ImportedMaterial deleted(int currentVersion) {
    return without(_ -> true, currentVersion);
  }

  ImportedMaterial expired(Instant now, int currentVersion) {
    return without(version -> version.hasExpired(now), currentVersion);
  }

  /// What has encrypted nothing yet is forgotten: another may come in its place.
  private ImportedMaterial without(Predicate<Version> gone, int currentVersion) {
    var next = new ArrayList<Version>();
    for (int number = 0; number < versions.size(); number++) {
      Version version = versions.get(number);
      if (!gone.test(version)) {
        next.add(version);
      } else if (number <= currentVersion) {
        next.add(version.deleted());
      }
    }
    return new ImportedMaterial(next);
  }

  public boolean has(int version) {
    return version < versions.size() && versions.get(version).present();
  }

  /// Whether material is there and still will be once what has expired is deleted.
  boolean has(int version, Instant now) {
    return has(version) && !versions.get(version).hasExpired(now);
  }

  /// Whether what the key has encrypted so far can be opened.
  boolean isComplete(int currentVersion) {
    return versions.size() > currentVersion
        && versions.subList(0, currentVersion + 1).stream().allMatch(Version::present);
  }

  /// When the first of the versions is to be deleted.
  public Optional<Instant> expiresAt() {
    return versions.stream().flatMap(it -> it.expiresAt().stream()).min(Instant::compareTo);
  }

  /// For the store: of each version a flag, the time in milliseconds, the length of the print in 2
  /// bytes and the print; big-endian.
  public Bytes encode() {
    var out =
        ByteBuffer.allocate(
            versions.stream().mapToInt(it -> FIXED_BYTES + it.print().length()).sum());
    for (Version version : versions) {
      out.put((byte) (version.present() ? 1 : 0))
          .putLong(version.expiresAt().map(Instant::toEpochMilli).orElse(NEVER))
          .putShort((short) version.print().length())
          .put(version.print().lent());
    }
    return Bytes.owning(out.array());
  }

  /// @throws RuntimeException for what [#encode] has not written
  public static ImportedMaterial decode(Bytes encoded) {
    var in = ByteBuffer.wrap(encoded.lent());
    var versions = new ArrayList<Version>();
    while (in.hasRemaining()) {
      boolean present = in.get() == 1;
      long expiresAt = in.getLong();
      byte[] print = new byte[Short.toUnsignedInt(in.getShort())];
      in.get(print);
      versions.add(
          new Version(
              Bytes.owning(print),
              present,
              expiresAt == NEVER
                  ? Optional.empty()
                  : Optional.of(Instant.ofEpochMilli(expiresAt))));
    }
    return new ImportedMaterial(versions);
  }
}
