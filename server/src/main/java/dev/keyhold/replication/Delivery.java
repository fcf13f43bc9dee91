package dev.keyhold.replication;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.Throttle;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.keyring.RegionalMaterial;
import dev.keyhold.replication.Message.Materials;
import dev.keyhold.replication.Message.Sync;
import dev.keyhold.replication.Message.Target;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings replicas what they have not: material, and which version of it to use.
final class Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);

  private static final int NOTHING = -1;
  private static final Duration BETWEEN_REFUSALS = Duration.ofMinutes(1);

  private final Peers peers;
  private final RegionalKeys keys;
  private final IamRepository iam;
  private final InstantSource clock;
  private final PeerHealth health;
  private final Absences absences;
  private final Throttle refusals = new Throttle(System::nanoTime, BETWEEN_REFUSALS);

  Delivery(
      Peers peers,
      RegionalKeys keys,
      IamRepository iam,
      InstantSource clock,
      PeerHealth health,
      Absences absences) {
    this.peers = peers;
    this.keys = keys;
    this.iam = iam;
    this.clock = clock;
    this.health = health;
    this.absences = absences;
  }

  /// Brings all replicas that are behind up to date, as far as they can be reached, and takes
  /// staged material into force when all have it.
  ///
  /// @param worthTrying of the regions, those that are
  /// @return the key as it is then
  Cmk bring(Cmk cmk, Predicate<String> worthTrying) {
    Cmk pushed = push(cmk, worthTrying);
    Regions regions = pushed.regions().orElseThrow();
    if (!regions.isPrimary() || regions.staged().isEmpty() || !allHave(pushed)) {
      return pushed;
    }
    return push(keys.change(pushed, this::inForce), worthTrying);
  }

  private Cmk push(Cmk cmk, Predicate<String> worthTrying) {
    Cmk pushed = cmk;
    for (Replica replica : cmk.regions().orElseThrow().replicas()) {
      if (isBehind(cmk, replica) && worthTrying.test(replica.region())) {
        pushed = contact(pushed, replica.region());
      }
    }
    return pushed;
  }

  static boolean isBehind(Cmk cmk, Replica replica) {
    return cmk.regions().orElseThrow().isPrimary()
        && (replica.has() < cmk.newestVersion() || replica.uses() < cmk.currentVersion());
  }

  private Cmk inForce(Cmk cmk) {
    boolean ready = cmk.regions().filter(Regions::isPrimary).isPresent() && allHave(cmk);
    // Somebody else may have been faster.
    return ready && cmk.newestVersion() > cmk.currentVersion()
        ? cmk.inForce(now())
        : Regions.changed(cmk, it -> it);
  }

  /// A region that the operator has taken out of the configuration is not waited for.
  private boolean allHave(Cmk cmk) {
    return cmk.regions().orElseThrow().replicas().stream()
        .filter(it -> peers.isPeer(it.region()))
        .allMatch(it -> it.has() >= cmk.newestVersion());
  }

  /// Brings one replica up to date; asks it in any case how it stands.
  Cmk contact(Cmk cmk, String region) {
    Cmk told = cmk;
    try {
      int before;
      Optional<Replica> replica = replica(told, region);
      do {
        if (replica.isEmpty() || !peers.isPeer(region)) {
          return told;
        }
        before = replica.get().has();
        told = synced(told, replica.get());
        replica = replica(told, region);
      } while (replica.isPresent()
          && isBehind(told, replica.get())
          && replica.get().has() > before);
    } catch (PeerUnreachable failure) {
      health.failed(region, failure);
    }
    return told;
  }

  static Optional<Replica> replica(Cmk cmk, String region) {
    return cmk.regions().filter(Regions::isPrimary).flatMap(it -> it.in(region));
  }

  private Cmk synced(Cmk cmk, Replica replica) throws PeerUnreachable {
    Target target = target(cmk, replica);
    Reply reply;
    int last;
    try (var message = new Sync(target, materials(cmk, replica.has() + 1))) {
      last = message.materials().last().orElse(NOTHING);
      reply = call(replica.region(), message);
    }
    return switch (reply) {
      case Reply.Standing standing -> noted(cmk, new Told(target.epoch(), replica, last), standing);
      case Reply.Gone _ -> gone(cmk, replica);
      // Where the project is not accepted, no replica of this wish is there.
      case Reply.Refused refused when isForTheProject(refused) && !replica.isConfirmed() ->
          gone(cmk, replica);
      case Reply.Refused refused -> {
        refusals
            .pass()
            .ifPresent(untold ->
                LOG.warn(
                    "region {} refuses what it is told of key {} ({}: {}), and {} times before",
                    replica.region(),
                    cmk.id(),
                    refused.error(),
                    refused.detail(),
                    untold));
        yield cmk;
      }
    };
  }

  private static boolean isForTheProject(Reply.Refused refused) {
    return refused.error().equals(KmsError.WRONG_PROJECT.name());
  }

  private Cmk gone(Cmk cmk, Replica replica) {
    if (!replica.isConfirmed() && !absences.isLasting(cmk.id(), replica.region())) {
      return cmk; // it may be on its way
    }
    // If the key has changed since, the replica may have been made meanwhile, even anew.
    Cmk noted =
        keys.change(
            cmk,
            now ->
                Regions.changed(
                    now,
                    it -> now.revision() == cmk.revision() ? it.without(replica.region()) : it));
    if (replica(noted, replica.region()).isEmpty()) {
      absences.ended(cmk.id(), replica.region());
      LOG.info("key {} has no replica in {} any more", cmk.id(), replica.region());
    }
    return noted;
  }

  /// What a region was told, when it was asked how it stands.
  ///
  /// @param epoch of the message
  /// @param asked the replica, as it was known
  /// @param last the newest version that it has had from here, if the message arrives
  record Told(long epoch, Replica asked, int last) {}

  /// Notes how a replica stands, unless this is no primary by now.
  Cmk noted(Cmk cmk, Told told, Reply.Standing standing) {
    Replica asked = told.asked();
    absences.ended(cmk.id(), asked.region());
    boolean isHeard = standing.primary().equals(peers.region()) && standing.epoch() == told.epoch();
    if (!isHeard && standing.epoch() <= told.epoch()) {
      LOG.debug(
          "key {}: {} takes {} for its primary", cmk.id(), asked.region(), standing.primary());
      return cmk;
    }
    Cmk noted =
        keys.change(
            cmk,
            now ->
                isPrimaryOf(now, told.epoch())
                    ? noted(now, told, standing, isHeard)
                    : Regions.changed(now, it -> it));
    if (isHeard && isAhead(noted, standing)) {
      LOG.error(
          "key {}: {} uses version {} of its material, which is not in this store: it must be an"
              + " older copy. The key can't be rotated until its primary region is {}"
              + " (update-primary-region)",
          cmk.id(),
          asked.region(),
          standing.uses(),
          asked.region());
    }
    return noted;
  }

  private Cmk noted(Cmk now, Told told, Reply.Standing standing, boolean isHeard) {
    if (!isHeard) { // it knows a later epoch: an older copy of this database was put back
      return standing.primary().equals(peers.region())
          ? Regions.changed(now, it -> it.atEpoch(standing.epoch()))
          : Receiver.demoted(now, standing.primary(), standing.epoch());
    }
    if (isAhead(now, standing)) {
      int current = now.currentVersion(); // it has that at least
      return Regions.changed(
          now, it -> it.unstaged(current).progress(told.asked(), current, current));
    }
    // What it has beyond what it was sent is no material of this key's, nor is what was given up
    // since it was.
    int sent = Math.max(told.last(), told.asked().has());
    int has = Math.min(Math.min(standing.has(), sent), now.newestVersion());
    return Regions.changed(now, it -> it.progress(told.asked(), has, standing.uses()));
  }

  /// A replica uses only what its primary uses. One that uses more had it from a primary whose
  /// store knew more than this one does. To stage the next version here would be to make other
  /// material under a number that is taken.
  private static boolean isAhead(Cmk cmk, Reply.Standing standing) {
    return standing.uses() > cmk.currentVersion();
  }

  static boolean isPrimaryOf(Cmk cmk, long epoch) {
    return cmk.regions().filter(it -> it.isPrimary() && it.epoch() == epoch).isPresent();
  }

  Reply call(String region, Message message) throws PeerUnreachable {
    Reply reply = peers.call(region, message);
    health.answered(region);
    return reply;
  }

  Target target(Cmk cmk, Replica replica) {
    String domain =
        iam.domain(cmk.domain())
            .map(it -> it.name().text())
            .orElseThrow(() -> new IllegalStateException("a key without a domain"));
    long epoch = cmk.regions().map(Regions::epoch).orElse(0L);
    return new Target(cmk.id(), replica.project(), domain, epoch);
  }

  Materials materials(Cmk cmk, int first) {
    List<RegionalMaterial> versions = keys.export(cmk, first);
    return new Materials(cmk.currentVersion(), versions);
  }

  private Instant now() {
    return StoredTime.now(clock);
  }
}
