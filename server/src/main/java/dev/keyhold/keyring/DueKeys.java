package dev.keyhold.keyring;

import dev.keyhold.error.AlteredException;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.CmkRepository;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.StoredCmk;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The keys for which there is something to do that nobody asks for: destruction, rotation, the end
/// of imported material, word to other regions. One that was altered, or that fails, keeps nobody
/// from looking after the others.
final class DueKeys {
  private static final Logger LOG = LoggerFactory.getLogger(DueKeys.class);

  private final CmkRepository repository;
  private final CmkMac mac;

  // Both are asked for in addition to a limit, so that they take no other key's place in it.
  private final Set<KeyId> altered = ConcurrentHashMap.newKeySet();
  private final SetAside failed = new SetAside(System::nanoTime);

  DueKeys(CmkRepository repository, CmkMac mac) {
    this.repository = repository;
    this.mac = mac;
  }

  /// Destroys keys whose waiting time has passed, with their material.
  ///
  /// @return the ids of the keys that are gone; fewer than `limit` when no more were due
  List<KeyId> destroy(Instant now, int limit) {
    return sound(repository.deletionDue(now, limit + leftAlone()), limit)
        .filter(cmk -> attempt(cmk, () -> repository.destroy(cmk.id(), cmk.revision())))
        .map(Cmk::id)
        .toList();
  }

  /// How many keys are to be destroyed by the time given, counted up to `most`.
  int countForDestruction(Instant time, int most) {
    return repository.deletionDue(time, most).size();
  }

  /// Enabled keys whose automatic rotation is due, at most `limit`.
  List<Cmk> forRotation(Instant now, int limit) {
    return sound(repository.rotationDue(now, limit + leftAlone()), limit).toList();
  }

  /// Keys whose imported material has expired, at most `limit`.
  List<Cmk> withExpiredMaterial(Instant now, int limit) {
    return sound(repository.materialExpired(now, limit + leftAlone()), limit).toList();
  }

  /// Of how many keys imported material has expired by the time given, counted up to `most`.
  int countWithExpiredMaterial(Instant time, int most) {
    return repository.materialExpired(time, most).size();
  }

  /// Multi-region keys of which other regions have yet to learn something, in order of their ids.
  /// To be asked one by one whether they are [#isIntact].
  List<StoredCmk> withRegionWork(Optional<KeyId> after, int limit) {
    return repository.regionWork(after, limit);
  }

  /// Does what there is to do with one key. A failure is told, and the key left alone for a while.
  ///
  /// @return what `work` returned, or false when it failed
  boolean attempt(Cmk cmk, BooleanSupplier work) {
    return failed.attempt(cmk.id(), work);
  }

  private int leftAlone() {
    return altered.size() + failed.size();
  }

  private Stream<Cmk> sound(List<StoredCmk> due, int limit) {
    return due.stream()
        .filter(stored -> !failed.has(stored.cmk().id()))
        .filter(this::isIntact)
        .map(StoredCmk::cmk)
        .limit(limit);
  }

  /// Whether a key is as Keyhold wrote it; one that is not is reported once. Destruction can't be
  /// undone, so an edited date must not bring it about.
  boolean isIntact(StoredCmk stored) {
    KeyId key = stored.cmk().id();
    if (macMatches(stored)) {
      altered.remove(key);
      return true;
    }
    if (altered.add(key)) {
      LOG.error(
          "key {} is passed over by housekeeping: its row, or its project's KEK, was altered", key);
    }
    return false;
  }

  private boolean macMatches(StoredCmk stored) {
    try {
      return mac.isIntact(stored);
    } catch (AlteredException kek) { // the one that the MAC's key comes of does not open
      LOG.debug("{}", kek.getMessage());
      return false;
    }
  }
}
