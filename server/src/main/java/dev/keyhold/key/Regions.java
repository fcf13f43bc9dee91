package dev.keyhold.key;

import dev.keyhold.error.KmsError;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What a multi-region key knows of its other selves: keys of the same id and material in other
/// regions. One of them is the primary; it alone rotates and makes replicas (docs/multi-region.md).
///
/// @param primary the primary's region; of a primary on its way elsewhere, where to
/// @param epoch one more each time that the primary moves: of two that claim to be the primary, the
///   one of the higher epoch is
/// @param replicas as the primary knows them; a replica knows none
/// @param staged a version of the material that encrypts nothing until every replica has it
public record Regions(
    Role role, String primary, long epoch, List<Replica> replicas, Optional<Integer> staged) {
  private static final int NONE = -1;

  public enum Role {
    PRIMARY,
    /// Was the primary, and waits to hear that the other region is.
    LEAVING,
    REPLICA
  }

  /// A replica, and how far it is known to be.
  ///
  /// @param has the newest version of the material that is there; -1 before it has said that it
  ///   exists
  /// @param uses the version that encrypts there
  public record Replica(String region, ProjectId project, int has, int uses) {
    public Replica(String region, ProjectId project) {
      this(region, project, NONE, NONE);
    }

    public boolean isConfirmed() {
      return has != NONE;
    }

    private Replica told(Replica asked, int nowHas, int nowUses) {
      boolean isLatest = equals(asked);
      return new Replica(
          region,
          project,
          isLatest ? nowHas : Math.max(has, nowHas),
          isLatest ? nowUses : Math.max(uses, nowUses));
    }

    private String text() {
      return region + "/" + project.text() + "/" + has + "/" + uses;
    }

    private static Replica of(String text) {
      String[] parts = text.split("/", -1);
      if (parts.length != 4) {
        throw new IllegalArgumentException("not a replica");
      }
      return new Replica(
          parts[0],
          new ProjectId(parts[1]),
          Integer.parseInt(parts[2]),
          Integer.parseInt(parts[3]));
    }
  }

  public Regions {
    replicas = List.copyOf(replicas);
  }

  public static Regions primaryIn(String region) {
    return new Regions(Role.PRIMARY, region, 0, List.of(), Optional.empty());
  }

  public static Regions replicaOf(String primary, long epoch) {
    return new Regions(Role.REPLICA, primary, epoch, List.of(), Optional.empty());
  }

  public boolean isPrimary() {
    return role == Role.PRIMARY;
  }

  public Optional<Replica> in(String region) {
    return replicas.stream().filter(it -> it.region().equals(region)).findFirst();
  }

  public Regions with(Replica replica) {
    return with(Stream.concat(others(replica.region()), Stream.of(replica)).toList());
  }

  public Regions without(String region) {
    return with(others(region).toList());
  }

  public Regions withoutReplicas() {
    return with(List.<Replica>of());
  }

  /// Forgets a replica, unless something was learned of it since it was as `known`: one that its
  /// primary does not know would get no more material.
  public Regions withoutUnchanged(Replica known) {
    return replicas.contains(known) ? without(known.region()) : this;
  }

  /// Notes what a replica has told; of one that is not known, nothing.
  ///
  /// @param asked the replica as it was known when it was asked. If more has been learned since,
  ///   the answer may be the older one, and takes back nothing; else it counts as it is, as from a
  ///   replica that was put back from a backup
  public Regions progress(Replica asked, int has, int uses) {
    return with(
        replicas.stream()
            .map(it -> it.region().equals(asked.region()) ? it.told(asked, has, uses) : it)
            .toList());
  }

  public Regions staged(int version) {
    return new Regions(role, primary, epoch, replicas, Optional.of(version));
  }

  /// Gives up what is staged: a replica that has it has nothing of it.
  ///
  /// @param current the version that encrypts here
  public Regions unstaged(int current) {
    return new Regions(
        role,
        primary,
        epoch,
        replicas.stream()
            .map(it ->
                new Replica(it.region(), it.project(), Math.min(it.has(), current), it.uses()))
            .toList(),
        Optional.empty());
  }

  /// Of a primary that had forgotten how often it has moved.
  public Regions atEpoch(long known) {
    return new Regions(role, primary, known, replicas, staged);
  }

  public Regions inForce() {
    return new Regions(role, primary, epoch, replicas, Optional.empty());
  }

  /// The first step of a move: from here on this region is the primary no more.
  public Regions leavingFor(String region) {
    return new Regions(Role.LEAVING, region, epoch + 1, replicas, Optional.empty());
  }

  /// The other region has said that it is not, and will not be, the primary of this epoch.
  public Regions stayingIn(String region) {
    return new Regions(Role.PRIMARY, region, epoch, replicas, staged);
  }

  public Regions promoted(String region, long newEpoch, List<Replica> others) {
    return new Regions(Role.PRIMARY, region, newEpoch, others, Optional.empty());
  }

  /// Whether other regions have yet to learn something of a key whose material is at `current`.
  public boolean hasWork(int current) {
    int newest = staged.orElse(current);
    return role == Role.LEAVING
        || staged.isPresent()
        || (role == Role.PRIMARY
            && replicas.stream().anyMatch(it -> it.has() < newest || it.uses() < current));
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0319` unless this is the primary
  public void requireMayRotate() {
    switch (role) {
      case PRIMARY -> {}
      case LEAVING ->
          throw KmsError.ROTATION_UNSUPPORTED.rejected(
              "Its primary region is moving to " + primary + ".");
      case REPLICA ->
          throw KmsError.ROTATION_UNSUPPORTED.rejected(
              "It is a replica; it is rotated in its primary region, " + primary + ".");
    }
  }

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0308` when this is the primary of
  ///   replicas
  public void requireDeletable() {
    if (role == Role.LEAVING || (role == Role.PRIMARY && !replicas.isEmpty())) {
      throw KmsError.INVALID_PARAMETER.rejected(
          "The key is the primary of replicas in "
              + replicas.stream().map(Replica::region).collect(Collectors.joining(", "))
              + ": delete them first, or move the primary region.");
    }
  }

  /// `cmk` with other regions, as its next revision.
  public static Cmk changed(Cmk cmk, UnaryOperator<Regions> step) {
    return cmk.next().regions(cmk.regions().map(step)).build();
  }

  /// The replicas as one text, for the store and the row's MAC.
  public String replicasText() {
    return replicas.stream().map(Replica::text).collect(Collectors.joining(","));
  }

  /// @throws IllegalArgumentException unless [#replicasText] wrote it
  public static List<Replica> replicas(String text) {
    return text.isEmpty()
        ? List.of()
        : Arrays.stream(text.split(",", -1)).map(Replica::of).toList();
  }

  private Stream<Replica> others(String region) {
    return replicas.stream().filter(it -> !it.region().equals(region));
  }

  private Regions with(List<Replica> changed) {
    return new Regions(role, primary, epoch, changed, staged);
  }
}
