package dev.keyhold.replication;

import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.Tag;
import dev.keyhold.keyring.RegionalMaterial;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/// What a key's primary region tells another one. Each can be told again and changes nothing then.
sealed interface Message extends AutoCloseable {
  Target target();

  @Override
  default void close() {}

  /// @param project the replica's
  /// @param domainName of the key's owner, in both regions
  /// @param epoch see [dev.keyhold.key.Regions]
  record Target(KeyId key, ProjectId project, String domainName, long epoch) {}

  /// @param current the version that is to encrypt
  record Materials(int current, List<RegionalMaterial> versions) {
    public Materials {
      versions = List.copyOf(versions);
    }

    /// The newest version.
    OptionalInt last() {
      return versions.stream().mapToInt(RegionalMaterial::version).max();
    }
  }

  /// A new replica, with what is its own.
  record Profile(String name, String description, String enterpriseProject, List<Tag> tags) {
    public Profile {
      tags = List.copyOf(tags);
    }
  }

  /// Make a replica.
  record Create(Target target, KeySpec spec, KeyUsage usage, Profile profile, Materials materials)
      implements Message {
    @Override
    public void close() {
      materials.versions().forEach(RegionalMaterial::close);
    }
  }

  /// Here is material that is missing, and this version is to encrypt.
  record Sync(Target target, Materials materials) implements Message {
    @Override
    public void close() {
      materials.versions().forEach(RegionalMaterial::close);
    }
  }

  /// Be the primary.
  ///
  /// @param current which version must be the newest there
  /// @param others the replicas, the region that asks among them
  /// @param schedule of automatic rotation, which moves with the primary
  record Promote(
      Target target, int current, List<Replica> others, Optional<Rotation.Schedule> schedule)
      implements Message {
    public Promote {
      others = List.copyOf(others);
    }
  }
}
