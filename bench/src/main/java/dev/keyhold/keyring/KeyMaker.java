package dev.keyhold.keyring;

import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.key.Tag;
import dev.keyhold.seal.Keks;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Makes keys as the server makes them, but for the storing: material wrapped under the project's
/// KEK, a row with its MAC. Most are enabled AES_256 keys; of each hundred some are of another
/// spec, state or enterprise project, rotate, or have tags, so that no index is without entries.
public final class KeyMaker implements AutoCloseable {
  private static final int ROTATION_DAYS = 90;
  private static final Instant FIRST = Instant.parse("2026-01-01T00:00:00Z");

  private final CmkVault vault;
  private final CmkMac mac;
  private final KeyGenerator generator = new KeyGenerator();

  public KeyMaker(CmkVault vault, Keks keks) {
    this.vault = vault;
    this.mac = new CmkMac(keks);
  }

  /// A key with all that belongs to it, to be stored.
  public record Made(StoredCmk key, StoredMaterial material, List<Tag> tags) {}

  /// @param name unique in the domain
  /// @param number of the key in its project, from 0
  public Made make(DomainId domain, ProjectId project, String name, int number) {
    int kind = number % 100;
    KeySpec spec = spec(kind);
    Instant now = Instant.ofEpochMilli(System.currentTimeMillis());
    var draft =
        Cmk.fresh(
                KeyId.random(), project, domain, new KeyName(name), spec, FIRST.plusMillis(number))
            .state(state(kind, now));
    if (kind == 30) {
      draft.enterpriseProject("5b8cf2a4-0e5b-4f0f-9b3f-000000000001");
    }
    if (kind / 10 == 4) {
      draft.rotation(rotating(now));
    }
    Cmk cmk = draft.build();
    try (Material material = generator.generate(spec)) {
      return new Made(mac.sign(cmk), vault.wrapped(cmk, material, cmk.createdAt()), tags(kind));
    }
  }

  private static KeySpec spec(int kind) {
    return switch (kind) {
      case 0, 1, 2, 3, 4 -> KeySpec.SM4;
      case 5, 6, 7, 8 -> KeySpec.HMAC_256;
      case 9 -> KeySpec.EC_P256;
      default -> KeySpec.AES_256;
    };
  }

  private static KeyState state(int kind, Instant now) {
    return switch (kind) {
      case 10, 11, 12 -> new KeyState.Disabled();
      case 20 -> new KeyState.PendingDeletion(now.plus(Duration.ofDays(1000)));
      default -> new KeyState.Enabled();
    };
  }

  private static Rotation rotating(Instant now) {
    var schedule = new Rotation.Schedule(ROTATION_DAYS, now.plus(Duration.ofDays(ROTATION_DAYS)));
    return new Rotation(Optional.of(schedule), Optional.empty());
  }

  private static List<Tag> tags(int kind) {
    return kind / 10 == 5
        ? List.of(new Tag("stage", "production"), new Tag("team", "team-" + kind))
        : List.of();
  }

  @Override
  public void close() {
    generator.close();
  }
}
