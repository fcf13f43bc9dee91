package dev.keyhold.replication;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.ApiError;
import dev.keyhold.error.GatewayError;
import dev.keyhold.error.KmsError;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.Domain;
import dev.keyhold.iam.IamRepository;
import dev.keyhold.iam.Project;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Regions.Replica;
import dev.keyhold.key.Regions.Role;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.StoredTime;
import dev.keyhold.keyring.RegionalKeys;
import dev.keyhold.keyring.RegionalMaterial;
import dev.keyhold.keyring.TagVault;
import dev.keyhold.replication.Channel.Leg;
import dev.keyhold.replication.Message.Create;
import dev.keyhold.replication.Message.Materials;
import dev.keyhold.replication.Message.Promote;
import dev.keyhold.replication.Message.Sync;
import dev.keyhold.replication.Message.Target;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The side of the replica: takes what a key's primary region tells.
public final class Receiver {
  private static final Duration WINDOW = Duration.ofMinutes(5);

  private final Peers peers;
  private final Channel channel;
  private final RegionalKeys keys;
  private final TagVault tags;
  private final IamRepository iam;
  private final InstantSource clock;
  private final int keyQuota;

  public Receiver(
      Peers peers,
      Channel channel,
      RegionalKeys keys,
      TagVault tags,
      IamRepository iam,
      InstantSource clock,
      int keyQuota) {
    this.peers = peers;
    this.channel = channel;
    this.keys = keys;
    this.tags = tags;
    this.iam = iam;
    this.clock = clock;
    this.keyQuota = keyQuota;
  }

  /// @param from what the request's headers say, as `to` and `date`
  /// @return the sealed answer
  /// @throws KmsException.Rejected `APIGW.0301` for anything that no peer has sealed for this
  ///   region within the last minutes, whatever is wrong with it
  public byte[] receive(
      Optional<String> from, Optional<String> to, Optional<String> date, byte[] body) {
    Leg leg = leg(from, to, date).orElseThrow(Receiver::unauthenticated);
    try (KeyMaterial opened =
            channel.openRequest(leg, body).orElseThrow(Receiver::unauthenticated);
        Message message = opened.lend(Codec::decodeMessage);
        KeyMaterial reply = Codec.encode(reply(leg.from(), message))) {
      return channel.sealAnswer(leg, body, reply);
    } catch (IllegalArgumentException unknown) { // of another version of Keyhold
      throw KmsError.INVALID_FORMAT.rejected("This Keyhold does not understand the message.");
    }
  }

  private Optional<Leg> leg(Optional<String> from, Optional<String> to, Optional<String> date) {
    Instant now = clock.instant();
    return date.filter(it -> it.matches("[0-9]{1,15}"))
        .map(Long::parseLong)
        .filter(it -> Duration.between(Instant.ofEpochMilli(it), now).abs().compareTo(WINDOW) <= 0)
        .filter(_ -> to.filter(peers.region()::equals).isPresent())
        .flatMap(
            millis -> from.filter(peers::isPeer).map(it -> new Leg(it, peers.region(), millis)));
  }

  private static RuntimeException unauthenticated() {
    return GatewayError.INCORRECT_IAM_AUTHENTICATION.rejected();
  }

  private Reply reply(String from, Message message) {
    try {
      Optional<Project> project = project(message.target());
      if (project.isEmpty()) {
        throw KmsError.WRONG_PROJECT.rejected(
            "replica_project_id must be a project of the domain of the same name there.");
      }
      return switch (message) {
        case Create create -> created(from, create, project.get());
        case Sync sync -> synced(from, sync);
        case Promote promote -> promoted(from, promote);
      };
    } catch (KmsException.Rejected refused) {
      ApiError error = refused.error();
      return new Reply.Refused(
          error instanceof KmsError known ? known.name() : KmsError.INTERNAL.name(),
          refused.detail());
    }
  }

  /// The one thing that joins tenants of two deployments is the name of their domain. A project
  /// that is unknown and one of another domain get the same answer.
  private Optional<Project> project(Target target) {
    return iam.project(target.project())
        .filter(project ->
            iam.domain(project.domain())
                .map(Domain::name)
                .filter(name -> name.text().equals(target.domainName()))
                .isPresent());
  }

  private Reply created(String from, Create create, Project project) {
    Target target = create.target();
    Optional<Cmk> there = keys.find(target.project(), target.key());
    if (there.isPresent()) { // the answer was lost, or the primary has forgotten
      if (there.get().spec() != create.spec() || there.get().usage() != create.usage()) {
        throw KmsError.INVALID_PARAMETER.rejected("Another key has this id there.");
      }
      return synced(from, new Sync(target, create.materials()));
    }
    Materials materials = create.materials();
    Cmk replica = replica(from, create, project);
    try {
      keys.create(
          replica,
          materials.versions(),
          keyQuota,
          () -> tags.put(target.project(), target.key(), create.profile().tags()));
    } catch (KmsException.Rejected refused) {
      // By its own name, if the same message has come twice at once.
      return keys.find(target.project(), target.key())
          .map(_ -> synced(from, new Sync(target, materials)))
          .orElseThrow(() -> refused);
    }
    return standing(replica);
  }

  private Cmk replica(String from, Create create, Project project) {
    Target target = create.target();
    var profile = create.profile();
    Materials materials = create.materials();
    int newest =
        materials.last().orElseThrow(() -> new IllegalArgumentException("a key without material"));
    Cmk made =
        Cmk.fresh(
                target.key(),
                target.project(),
                project.domain(),
                KeyName.parseCustom(profile.name()),
                create.spec(),
                StoredTime.now(clock))
            .usage(create.usage())
            .description(profile.description())
            .enterpriseProject(profile.enterpriseProject())
            .currentVersion(Math.min(materials.current(), newest))
            .build();
    return made.toBuilder()
        .regions(Optional.of(Regions.replicaOf(from, target.epoch())))
        .rotation(rotation(made, materials))
        .build();
  }

  private Reply synced(String from, Sync sync) {
    Target target = sync.target();
    Optional<Cmk> there = keys.find(target.project(), target.key());
    if (there.isEmpty()) {
      return new Reply.Gone();
    }
    if (!mayTell(from, target, there.get())) {
      return standing(there.get());
    }
    Materials materials = sync.materials();
    Cmk received =
        keys.receive(
            target.project(),
            target.key(),
            materials.versions(),
            cmk -> {
              if (!mayTell(from, target, cmk)) {
                throw KmsError.SERVICE_UNAVAILABLE.rejected("Its primary region has just moved.");
              }
              int has = keys.newestWithoutGap(cmk);
              for (RegionalMaterial material : materials.versions()) {
                has = material.version() == has + 1 ? has + 1 : has;
              }
              int uses = Math.max(cmk.currentVersion(), Math.min(materials.current(), has));
              Cmk current = demoted(cmk, from, target.epoch());
              return current.toBuilder()
                  .currentVersion(uses)
                  .rotation(
                      uses == cmk.currentVersion()
                          ? current.rotation()
                          : rotation(current.toBuilder().currentVersion(uses).build(), materials))
                  .build();
            });
    return standing(received);
  }

  /// Whether `from` is the key's primary as far as this region can know.
  private boolean mayTell(String from, Target target, Cmk cmk) {
    Regions regions =
        cmk.regions()
            .orElseThrow(
                () -> KmsError.INVALID_PARAMETER.rejected("Another key has this id there."));
    // Only a primary raises the epoch, and it is none then: one that has not heard is an older copy
    // of itself, put back.
    return target.epoch() > regions.epoch()
        || (target.epoch() == regions.epoch()
            && regions.role() != Role.PRIMARY
            && regions.primary().equals(from));
  }

  private Reply promoted(String from, Promote promote) {
    Target target = promote.target();
    Optional<Cmk> there = keys.find(target.project(), target.key());
    if (there.isEmpty()) {
      return new Reply.Gone();
    }
    Regions regions =
        there
            .get()
            .regions()
            .orElseThrow(
                () -> KmsError.INVALID_PARAMETER.rejected("Another key has this id there."));
    boolean done = target.epoch() == regions.epoch() && regions.role() == Role.PRIMARY;
    if (target.epoch() < regions.epoch() || done) {
      return standing(there.get());
    }
    Cmk changed = keys.change(there.get(), cmk -> promoted(from, promote, cmk));
    return standing(changed);
  }

  /// As the primary, or, when it can't be, with the epoch noted as spent.
  private Cmk promoted(String from, Promote promote, Cmk cmk) {
    Regions regions = cmk.regions().orElseThrow();
    long epoch = promote.target().epoch();
    boolean able =
        epoch > regions.epoch()
            && !(cmk.state() instanceof KeyState.PendingDeletion)
            // More, when the old primary is an older copy of itself, put back.
            && cmk.currentVersion() >= promote.current()
            && keys.newestWithoutGap(cmk) >= promote.current();
    if (able) {
      Cmk next =
          Regions.changed(cmk, it -> it.promoted(peers.region(), epoch, untold(promote.others())));
      return next.toBuilder()
          .rotation(new Rotation(promote.schedule(), cmk.rotation().last()))
          .build();
    }
    return epoch > regions.epoch()
        ? Regions.changed(cmk, _ -> Regions.replicaOf(from, epoch))
        : Regions.changed(cmk, it -> it);
  }

  /// They have yet to hear who is the primary now.
  private static List<Replica> untold(List<Replica> replicas) {
    return replicas.stream()
        .map(it -> new Replica(it.region(), it.project(), it.has(), -1))
        .toList();
  }

  /// A replica of the key in `primary`; it has no schedule of its own.
  static Cmk demoted(Cmk cmk, String primary, long epoch) {
    return Regions.changed(cmk, _ -> Regions.replicaOf(primary, epoch)).toBuilder()
        .rotation(new Rotation(Optional.empty(), cmk.rotation().last()))
        .build();
  }

  private static Rotation rotation(Cmk cmk, Materials materials) {
    Optional<Instant> last =
        cmk.currentVersion() == 0
            ? Optional.empty()
            : materials.versions().stream()
                .filter(it -> it.version() == cmk.currentVersion())
                .map(RegionalMaterial::createdAt)
                .findFirst()
                .or(() -> cmk.rotation().last());
    return new Rotation(Optional.empty(), last);
  }

  private Reply standing(Cmk cmk) {
    Regions regions = cmk.regions().orElseThrow();
    // Until the move is done, this region answers for the epoch before it.
    boolean leaving = regions.role() == Role.LEAVING;
    return new Reply.Standing(
        leaving ? peers.region() : regions.primary(),
        leaving ? regions.epoch() - 1 : regions.epoch(),
        keys.newestWithoutGap(cmk),
        cmk.currentVersion(),
        cmk.domain().text());
  }
}
