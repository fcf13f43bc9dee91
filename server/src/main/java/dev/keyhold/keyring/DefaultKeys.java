package dev.keyhold.keyring;

import com.github.benmanes.caffeine.cache.Caffeine;
import dev.keyhold.error.Blocking;
import dev.keyhold.error.KmsException;
import dev.keyhold.feed.CacheShare;
import dev.keyhold.feed.FollowedCache;
import dev.keyhold.feed.Freshness;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.StoredTime;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The keys that cloud services use where a customer chose none: one a project and service, called
/// `<service>/default`, made when it is first referred to. They count for no quota, and nobody can
/// change or delete them. Source: DEW API Reference, "Default Master Keys".
public final class DefaultKeys {
  private static final Map<String, KeyName> NAMES =
      Stream.of("obs", "evs", "ims", "sfs", "rds", "dds", "csms")
          .map(service -> service + "/default")
          .collect(Collectors.toUnmodifiableMap(name -> name, KeyName::new));

  private static final int NO_QUOTA = Integer.MAX_VALUE;

  private final CmkVault vault;
  private final KeyGenerator generator;
  private final InstantSource clock;

  // Default keys are for ever: an id that is here stays right, unless the store itself loses it.
  private final FollowedCache<Slot, KeyId> known;

  private record Slot(ProjectId project, KeyName name) {}

  /// Of a store that no other process has.
  public DefaultKeys(CmkVault vault, KeyGenerator generator, InstantSource clock) {
    this(vault, generator, clock, Freshness.unshared());
  }

  public DefaultKeys(
      CmkVault vault, KeyGenerator generator, InstantSource clock, Freshness freshness) {
    this.vault = vault;
    this.generator = generator;
    this.clock = clock;
    this.known =
        FollowedCache.of(
            Caffeine.newBuilder().maximumSize(CacheShare.DEFAULT_KEYS.entries()), freshness);
  }

  /// The project's default key of that name, made if need be. May call [Blocking#ahead].
  ///
  /// @param name for example `obs/default`
  /// @return empty when no service has such a key
  public Optional<KeyId> find(DomainId domain, ProjectId project, String name) {
    KeyName keyName = NAMES.get(name);
    if (keyName == null) {
      return Optional.empty();
    }
    var slot = new Slot(project, keyName);
    Optional<KeyId> id = known.find(slot);
    if (id.isPresent()) {
      return id;
    }
    Blocking.ahead();
    return known.load(slot, missing -> Optional.of(findOrMake(domain, missing)));
  }

  /// Forgets which keys there are: the store may be another copy of itself now.
  public void invalidateAll() {
    known.forgetAll();
  }

  private KeyId findOrMake(DomainId domain, Slot slot) {
    Optional<Cmk> there = vault.findDefault(slot.project(), slot.name());
    if (there.isPresent()) {
      return there.get().id();
    }
    Cmk cmk = fresh(domain, slot);
    try (Material material = generator.generate(cmk.spec())) {
      vault.create(cmk, material, NO_QUOTA);
      return cmk.id();
    } catch (KmsException.Rejected taken) { // somebody else was faster
      return vault.findDefault(slot.project(), slot.name()).orElseThrow(() -> taken).id();
    }
  }

  private Cmk fresh(DomainId domain, Slot slot) {
    return Cmk.fresh(
            KeyId.random(),
            slot.project(),
            domain,
            slot.name(),
            KeySpec.AES_256,
            StoredTime.now(clock))
        .defaultKey(true)
        .build();
  }
}
