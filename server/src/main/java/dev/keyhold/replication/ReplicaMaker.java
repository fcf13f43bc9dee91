package dev.keyhold.replication;

import dev.keyhold.error.KmsError;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.replication.Delivery.Told;
import dev.keyhold.replication.Message.Create;
import dev.keyhold.replication.Message.Profile;
import dev.keyhold.replication.Message.Target;
import dev.keyhold.replication.Replicator.Wish;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/// Makes replicas. One that may exist is known to its primary all the time: it is noted before it
/// is asked for, and forgotten only when it can't have come to be.
final class ReplicaMaker {
  private final Peers peers;
  private final RegionalKeys keys;
  private final Delivery delivery;
  private final PeerHealth health;
  private final Absences absences;

  ReplicaMaker(
      Peers peers, RegionalKeys keys, Delivery delivery, PeerHealth health, Absences absences) {
    this.peers = peers;
    this.keys = keys;
    this.delivery = delivery;
    this.health = health;
    this.absences = absences;
  }

  /// As [Replicator#replicate], of a key that may be replicated there and has nothing left to tell.
  String make(Cmk cmk, Wish wish) {
    // Noted first: from here on no material is current before the replica has it.
    absences.ended(cmk.id(), wish.region());
    var notedHere = new AtomicBoolean();
    Cmk noted =
        keys.change(
            cmk,
            now -> {
              Cmk next = withReplica(now, wish);
              notedHere.set(!isRepeated(now, wish));
              return next;
            });
    return told(noted, wish, notedHere.get());
  }

  /// @param notedHere whether no call before this one may have made the replica
  private String told(Cmk cmk, Wish wish, boolean notedHere) {
    var replica = new Replica(wish.region(), wish.project());
    Target target = delivery.target(cmk, replica);
    int last;
    Reply reply;
    try (var message = creation(target, cmk, wish)) {
      last = message.materials().last().orElseThrow();
      reply = delivery.call(wish.region(), message);
    } catch (PeerUnreachable failure) {
      if (!failure.surelyUnsent()) {
        keys.change(cmk, now -> wished(now, cmk, replica)); // it may be there all the same
      } else if (notedHere) {
        forget(cmk, replica);
      }
      throw health.unreachable(wish.region(), failure);
    }
    return switch (reply) {
      case Reply.Standing standing ->
          confirmed(cmk, new Told(target.epoch(), replica, last), standing);
      case Reply.Refused refused -> {
        if (notedHere) {
          forget(cmk, replica);
        }
        throw rejected(refused);
      }
      case Reply.Gone _ ->
          throw health.unreachable(
              wish.region(), new PeerUnreachable("an answer to no question", false));
    };
  }

  private Create creation(Target target, Cmk cmk, Wish wish) {
    var profile =
        new Profile(wish.name(), wish.description(), wish.enterpriseProject(), wish.tags());
    return new Create(target, cmk.spec(), cmk.usage(), profile, delivery.materials(cmk, 0));
  }

  private static Cmk wished(Cmk now, Cmk before, Replica replica) {
    return isStillPrimary(now, before)
        ? Regions.changed(now, it -> it.in(replica.region()).isPresent() ? it : it.with(replica))
        : Regions.changed(now, it -> it);
  }

  private static boolean isStillPrimary(Cmk now, Cmk before) {
    long epoch = before.regions().orElseThrow().epoch();
    return Delivery.isPrimaryOf(now, epoch) && !(now.state() instanceof KeyState.PendingDeletion);
  }

  private Cmk withReplica(Cmk cmk, Wish wish) {
    cmk.requireReplicable();
    Replicator.requirePrimary(cmk);
    Regions regions = cmk.regions().orElseGet(() -> Regions.primaryIn(peers.region()));
    if (regions.in(wish.region()).isPresent() && !isRepeated(cmk, wish)) {
      throw KmsError.SERVICE_UNAVAILABLE.rejected("It is being replicated there by another call.");
    }
    return cmk.toBuilder()
        .regions(Optional.of(regions.with(new Replica(wish.region(), wish.project()))))
        .revision(cmk.revision() + 1)
        .build();
  }

  /// Whether the same was wished before, and the answer never came.
  static boolean isRepeated(Cmk cmk, Wish wish) {
    return cmk.regions()
        .flatMap(it -> it.in(wish.region()))
        .filter(it -> !it.isConfirmed() && it.project().equals(wish.project()))
        .isPresent();
  }

  private String confirmed(Cmk cmk, Told told, Reply.Standing standing) {
    String region = told.asked().region();
    // Noted before its answer is, like any other of one that is known.
    Cmk made =
        keys.change(
            cmk,
            now -> {
              if (!isStillPrimary(now, cmk)) {
                throw KmsError.SERVICE_UNAVAILABLE.rejected(
                    "The key's primary region has moved meanwhile, or the key is to be deleted.");
              }
              return wished(now, cmk, told.asked());
            });
    Cmk noted = delivery.noted(made, told, standing);
    if (!standing.primary().equals(peers.region())) {
      forget(noted, told.asked());
      throw KmsError.INVALID_PARAMETER.rejected(
          "The key is there, and its primary region is " + standing.primary() + ".");
    }
    if (noted.regions().flatMap(it -> it.in(region)).filter(Replica::isConfirmed).isEmpty()) {
      throw KmsError.SERVICE_UNAVAILABLE.rejected(
          "The key is in " + region + ", which knows of a later move of its primary; try again.");
    }
    delivery.contact(noted, region);
    return standing.domainId();
  }

  private void forget(Cmk cmk, Replica replica) {
    keys.change(cmk, now -> Regions.changed(now, it -> it.withoutUnchanged(replica)));
  }

  private static RuntimeException rejected(Reply.Refused refused) {
    return Arrays.stream(KmsError.values())
        .filter(it -> it.name().equals(refused.error()))
        .findFirst()
        .orElse(KmsError.INTERNAL)
        .rejected(refused.detail());
  }
}
