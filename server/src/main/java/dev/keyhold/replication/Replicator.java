package dev.keyhold.replication;

import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.Regions.Role;
import dev.keyhold.keyring.IntegrityException;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.replication.Message.Promote;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The side of the primary: makes replicas, brings them new material, hands the role over.
///
/// Whatever is meant is stored before another region hears of it, and what was not heard is told
/// again ([#deliver]), so a crash or a lost answer leaves nothing undone.
public final class Replicator {
  private static final Logger LOG = LoggerFactory.getLogger(Replicator.class);

  private final Peers peers;
  private final RegionalKeys keys;
  private final Delivery delivery;
  private final PeerHealth health;
  private final ReplicaMaker maker;
  private final Set<KeyId> passedOver = ConcurrentHashMap.newKeySet();

  /// What a new replica is to be.
  public record Wish(
      String region,
      ProjectId project,
      String name,
      String description,
      String enterpriseProject,
      List<dev.keyhold.key.Tag> tags) {
    public Wish {
      tags = List.copyOf(tags);
    }
  }

  public Replicator(Peers peers, RegionalKeys keys, IamRepository iam, InstantSource clock) {
    this(peers, keys, iam, clock, System::nanoTime);
  }

  Replicator(
      Peers peers,
      RegionalKeys keys,
      IamRepository iam,
      InstantSource clock,
      LongSupplier nanoTime) {
    this.peers = peers;
    this.keys = keys;
    this.health = new PeerHealth(nanoTime);
    var absences = new Absences(nanoTime);
    this.delivery = new Delivery(peers, keys, iam, clock, health, absences);
    this.maker = new ReplicaMaker(peers, keys, delivery, health, absences);
  }

  /// This region and the others that keys can be replicated to, sorted.
  public List<String> regions() {
    SortedSet<String> regions = peers.regions();
    regions.add(peers.region());
    return List.copyOf(regions);
  }

  /// Makes a replica, which has all material when this returns.
  ///
  /// @return the id of the domain that owns it there
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, as [Cmk#requireReplicable],
  ///   `KMS.0308` for a region that can't have one, what the other region refuses, or `KMS.0104`
  ///   when it does not answer: the call can be repeated
  public String replicate(ProjectId project, KeyId id, Wish wish) {
    Cmk cmk = keys.load(project, id);
    cmk.requireReplicable();
    requirePrimary(cmk);
    requirePeer("replica_region", wish.region());
    if (cmk.regions().flatMap(it -> it.in(wish.region())).isPresent()
        && !ReplicaMaker.isRepeated(cmk, wish)) {
      cmk = delivery.contact(cmk, wish.region()); // it may be gone, or never have come to be
      if (cmk.regions().flatMap(it -> it.in(wish.region())).isPresent()) {
        throw KmsError.INVALID_PARAMETER.rejected(
            "The key has a replica in " + wish.region() + " already.");
      }
    }
    if (!ReplicaMaker.isRepeated(cmk, wish)) {
      cmk = carriedOn(cmk);
    }
    return maker.make(cmk, wish);
  }

  /// Tells the other regions what they do not know yet, as far as they can be reached, and takes
  /// staged material into force when all have it.
  ///
  /// @return the key as it is then
  public Cmk deliver(Cmk cmk) {
    return deliver(cmk, _ -> true);
  }

  /// @param worthTrying of the regions, those that are
  Cmk deliver(Cmk cmk, Predicate<String> worthTrying) {
    Cmk delivered = delivery.bring(cmk, worthTrying);
    Regions regions = delivered.regions().orElseThrow();
    if (regions.role() == Role.LEAVING && worthTrying.test(regions.primary())) {
      try {
        delivered = left(delivered);
      } catch (PeerUnreachable failure) {
        health.failed(regions.primary(), failure);
      } catch (KmsException.Rejected refused) { // the move is off
        LOG.warn("key {} stays in {}: {}", cmk.id(), peers.region(), refused.detail());
        delivered = keys.load(cmk.project(), cmk.id());
      }
    }
    return delivered;
  }

  /// Makes another region the primary; it is when this returns.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0207`, `KMS.0308` where that makes no
  ///   sense, or `KMS.0104` when the other region does not answer: the move ends by itself when it
  ///   does, and the call can be repeated
  public void movePrimary(ProjectId project, KeyId id, String region) {
    Cmk cmk = keys.load(project, id);
    Regions regions =
        cmk.regions()
            .orElseThrow(() -> KmsError.INVALID_PARAMETER.rejected("The key has no replicas."));
    if (regions.primary().equals(region) && regions.role() != Role.LEAVING) {
      return;
    }
    if (regions.role() != Role.LEAVING) {
      requirePrimary(cmk);
      requirePeer("primary_region", region);
      cmk = delivery.contact(carriedOn(cmk), region);
      cmk = keys.change(cmk, now -> leaving(now, region));
    } else if (!regions.primary().equals(region)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "The primary region is moving to " + regions.primary() + ".");
    }
    try {
      left(cmk);
    } catch (PeerUnreachable failure) {
      throw health.unreachable(region, failure);
    }
  }

  private Cmk leaving(Cmk cmk, String region) {
    requirePrimary(cmk);
    Replica replica =
        Delivery.replica(cmk, region)
            .orElseThrow(() ->
                KmsError.INVALID_PARAMETER.rejected("The key has no replica in " + region + "."));
    if (Delivery.isBehind(cmk, replica) || cmk.newestVersion() > cmk.currentVersion()) {
      throw KmsError.SERVICE_UNAVAILABLE.rejected(
          "The replica in " + region + " has not all material yet, or can't be reached.");
    }
    return Regions.changed(cmk, it -> it.leavingFor(region));
  }

  /// The second step of a move; the first is that this region is no primary any more.
  private Cmk left(Cmk cmk) throws PeerUnreachable {
    Regions regions = cmk.regions().orElseThrow();
    String region = regions.primary();
    Replica replica = regions.in(region).orElseThrow();
    if (!peers.isPeer(region)) {
      throw new PeerUnreachable("it is not among replication.peers", true);
    }
    List<Replica> others = new ArrayList<>(regions.without(region).replicas());
    int version = cmk.currentVersion();
    others.add(new Replica(peers.region(), cmk.project(), version, version));
    Reply reply;
    try (var message =
        new Promote(delivery.target(cmk, replica), version, others, cmk.rotation().schedule())) {
      reply = delivery.call(region, message);
    }
    return switch (reply) {
      case Reply.Standing(var primary, var epoch, _, _, _) -> {
        if (epoch < regions.epoch()) {
          throw new PeerUnreachable("it does not know of the move", false);
        }
        if (epoch == regions.epoch() && primary.equals(peers.region())) {
          // It has noted that the epoch is spent, so no late message makes it the primary.
          stay(cmk, it -> it);
          throw KmsError.INVALID_PARAMETER.rejected(
              "The replica in " + region + " is pending deletion, or has not all material.");
        }
        if (primary.equals(peers.region())) { // an older copy of this database was put back
          ifLeaving(cmk, now -> Regions.changed(now, it -> it.stayingIn(primary).atEpoch(epoch)));
          throw KmsError.SERVICE_UNAVAILABLE.rejected(
              "The region " + region + " knows of a later move than this one; try again.");
        }
        yield ifLeaving(cmk, now -> Receiver.demoted(now, primary, epoch));
      }
      case Reply.Gone _ -> {
        stay(cmk, it -> it.without(region));
        throw KmsError.INVALID_PARAMETER.rejected("The key has no replica in " + region + ".");
      }
      case Reply.Refused refused ->
          throw new PeerUnreachable(refused.error() + ": " + refused.detail(), false);
    };
  }

  private void stay(Cmk cmk, UnaryOperator<Regions> also) {
    ifLeaving(
        cmk, now -> Regions.changed(now, regions -> also.apply(regions.stayingIn(peers.region()))));
  }

  /// Ends the move that `cmk` was in, unless somebody else has.
  private Cmk ifLeaving(Cmk cmk, UnaryOperator<Cmk> step) {
    long epoch = cmk.regions().orElseThrow().epoch();
    return keys.change(
        cmk, now -> isLeaving(now, epoch) ? step.apply(now) : Regions.changed(now, it -> it));
  }

  private static boolean isLeaving(Cmk cmk, long epoch) {
    return cmk.regions().filter(it -> it.role() == Role.LEAVING && it.epoch() == epoch).isPresent();
  }

  /// To be called before a key is scheduled for deletion: asks for replicas that are gone.
  public void beforeDeletion(ProjectId project, KeyId id) {
    Optional<Cmk> found = keys.find(project, id).filter(it -> it.regions().isPresent());
    if (found.isEmpty() || !found.get().regions().orElseThrow().isPrimary()) {
      return;
    }
    Cmk cmk = found.get();
    for (Replica replica : found.get().regions().orElseThrow().replicas()) {
      if (peers.isPeer(replica.region())) {
        cmk = delivery.contact(cmk, replica.region());
      }
    }
  }

  /// The key to be scheduled for deletion. If all its replicas are in regions that are configured
  /// no more, it gives them up; while one is not, it gives up none, for the deletion will be
  /// refused.
  public Cmk withoutStrangers(Cmk cmk) {
    List<Replica> replicas =
        cmk.regions().filter(Regions::isPrimary).map(Regions::replicas).orElse(List.of());
    if (replicas.isEmpty() || replicas.stream().anyMatch(it -> peers.isPeer(it.region()))) {
      return cmk;
    }
    LOG.warn(
        "key {} is to be deleted and gives up its replicas in regions that are not among"
            + " replication.peers: {}",
        cmk.id(),
        replicas.stream().map(Replica::region).toList());
    return cmk.toBuilder().regions(cmk.regions().map(Regions::withoutReplicas)).build();
  }

  /// Delivers to all who have yet to learn something.
  ///
  /// @return how many keys were looked at and have still something to tell
  public int deliverAll() {
    var left = new AtomicInteger();
    keys.forEachWithWork(cmk -> {
      if (passedOver.contains(cmk.id()) || hasWorkLeft(cmk)) {
        left.incrementAndGet();
      }
    });
    return left.get();
  }

  private boolean hasWorkLeft(Cmk cmk) {
    try {
      Cmk delivered = deliver(cmk, health::isWorthTrying);
      return delivered.regions().filter(it -> it.hasWork(delivered.currentVersion())).isPresent();
    } catch (IntegrityException altered) { // has been logged, and keeps nobody from the others
      passedOver.add(cmk.id());
      return true;
    } catch (KmsException.Rejected changed) { // by somebody else, or destroyed
      LOG.debug("key {}: {}", cmk.id(), changed.detail());
      return true;
    }
  }

  private Cmk carriedOn(Cmk cmk) {
    if (cmk.regions().filter(it -> it.hasWork(cmk.currentVersion())).isEmpty()) {
      return cmk;
    }
    Cmk delivered = deliver(cmk);
    if (delivered.newestVersion() > delivered.currentVersion()) {
      throw KmsError.SERVICE_UNAVAILABLE.rejected(
          "A rotation is under way, and not all replicas can be reached.");
    }
    return delivered;
  }

  private void requirePeer(String member, String region) {
    if (!peers.isPeer(region)) {
      throw KmsError.INVALID_PARAMETER.rejected(
          member
              + " must be another region that this one replicates to: "
              + (peers.regions().isEmpty()
                  ? "there is none, see docs/multi-region.md."
                  : String.join(", ", peers.regions()) + "."));
    }
  }

  static void requirePrimary(Cmk cmk) {
    cmk.regions()
        .filter(it -> !it.isPrimary())
        .ifPresent(it -> {
          throw KmsError.INVALID_PARAMETER.rejected(
              "Its primary region is " + it.primary() + ": call there.");
        });
  }
}
