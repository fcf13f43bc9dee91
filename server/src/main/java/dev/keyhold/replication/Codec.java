package dev.keyhold.replication;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyUsage;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import dev.keyhold.key.Tag;
import dev.keyhold.keyring.RegionalMaterial;
import dev.keyhold.replication.Message.Create;
import dev.keyhold.replication.Message.Materials;
import dev.keyhold.replication.Message.Profile;
import dev.keyhold.replication.Message.Promote;
import dev.keyhold.replication.Message.Sync;
import dev.keyhold.replication.Message.Target;
import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Messages and replies as bytes: a kind, then the components in order; texts as
/// [DataOutputStream#writeUTF] has them, lists after their size, times in milliseconds. Only what
/// an AEAD has vouched for is ever read.
final class Codec {
  private static final int MOST = 10_000;

  private Codec() {}

  /// @return to be closed
  static KeyMaterial encode(Message message) {
    var bytes = new WipedOutput();
    try (var out = new DataOutputStream(bytes)) {
      switch (message) {
        case Create(var target, var spec, var usage, var profile, var materials) -> {
          out.writeByte('C');
          write(out, target);
          out.writeUTF(spec.name());
          out.writeUTF(usage.name());
          write(out, profile);
          write(out, materials);
        }
        case Sync(var target, var materials) -> {
          out.writeByte('S');
          write(out, target);
          write(out, materials);
        }
        case Promote(var target, var current, var others, var schedule) -> {
          out.writeByte('P');
          write(out, target);
          out.writeInt(current);
          out.writeUTF(
              Regions.primaryIn("").promoted("", 0, others).replicasText()); // the stored form
          out.writeInt(schedule.map(Rotation.Schedule::intervalDays).orElse(0));
          out.writeLong(schedule.map(it -> it.next().toEpochMilli()).orElse(0L));
        }
      }
      return bytes.take();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    } finally {
      bytes.wipe();
    }
  }

  /// @return to be closed
  /// @throws IllegalArgumentException for what no Keyhold of this version writes
  static Message decodeMessage(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readByte();
      Target target = target(in);
      return switch (kind) {
        case 'C' ->
            new Create(
                target,
                KeySpec.valueOf(in.readUTF()),
                KeyUsage.valueOf(in.readUTF()),
                profile(in),
                materials(in));
        case 'S' -> new Sync(target, materials(in));
        case 'P' -> new Promote(target, in.readInt(), Regions.replicas(in.readUTF()), schedule(in));
        default -> throw new IllegalArgumentException("no such message");
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("half a message", e);
    }
  }

  static KeyMaterial encode(Reply reply) {
    var bytes = new WipedOutput();
    try (var out = new DataOutputStream(bytes)) {
      switch (reply) {
        case Reply.Standing(var primary, var epoch, var has, var uses, var domainId) -> {
          out.writeByte('S');
          out.writeUTF(primary);
          out.writeLong(epoch);
          out.writeInt(has);
          out.writeInt(uses);
          out.writeUTF(domainId);
        }
        case Reply.Refused(var error, var detail) -> {
          out.writeByte('R');
          out.writeUTF(error);
          out.writeUTF(detail);
        }
        case Reply.Gone() -> out.writeByte('G');
      }
      return bytes.take();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
  }

  /// @throws IllegalArgumentException for what no Keyhold of this version writes
  static Reply decodeReply(byte[] bytes) {
    try (var in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      return switch (in.readByte()) {
        case 'S' ->
            new Reply.Standing(
                in.readUTF(), in.readLong(), in.readInt(), in.readInt(), in.readUTF());
        case 'R' -> new Reply.Refused(in.readUTF(), in.readUTF());
        case 'G' -> new Reply.Gone();
        default -> throw new IllegalArgumentException("no such reply");
      };
    } catch (IOException e) {
      throw new IllegalArgumentException("half a reply", e);
    }
  }

  private static void write(DataOutputStream out, Target target) throws IOException {
    out.writeUTF(target.key().text());
    out.writeUTF(target.project().text());
    out.writeUTF(target.domainName());
    out.writeLong(target.epoch());
  }

  private static Target target(DataInputStream in) throws IOException {
    return new Target(
        new KeyId(in.readUTF()), new ProjectId(in.readUTF()), in.readUTF(), in.readLong());
  }

  private static void write(DataOutputStream out, Profile profile) throws IOException {
    out.writeUTF(profile.name());
    out.writeUTF(profile.description());
    out.writeUTF(profile.enterpriseProject());
    out.writeInt(profile.tags().size());
    for (Tag tag : profile.tags()) {
      out.writeUTF(tag.key());
      out.writeUTF(tag.value());
    }
  }

  private static Profile profile(DataInputStream in) throws IOException {
    String name = in.readUTF();
    String description = in.readUTF();
    String enterpriseProject = in.readUTF();
    List<Tag> tags = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      tags.add(new Tag(in.readUTF(), in.readUTF()));
    }
    return new Profile(name, description, enterpriseProject, tags);
  }

  private static void write(DataOutputStream out, Materials materials) throws IOException {
    out.writeInt(materials.current());
    out.writeInt(materials.versions().size());
    for (RegionalMaterial material : materials.versions()) {
      out.writeInt(material.version());
      out.writeLong(material.createdAt().toEpochMilli());
      byte[] encoded = material.encoded().lend(bytes -> bytes);
      out.writeInt(encoded.length);
      out.write(encoded);
    }
  }

  private static Materials materials(DataInputStream in) throws IOException {
    int current = in.readInt();
    List<RegionalMaterial> versions = new ArrayList<>();
    for (int left = count(in); left > 0; left--) {
      int version = in.readInt();
      Instant createdAt = Instant.ofEpochMilli(in.readLong());
      byte[] encoded = new byte[count(in)];
      in.readFully(encoded);
      versions.add(new RegionalMaterial(version, createdAt, new KeyMaterial(encoded)));
    }
    return new Materials(current, versions);
  }

  private static Optional<Rotation.Schedule> schedule(DataInputStream in) throws IOException {
    int days = in.readInt();
    Instant next = Instant.ofEpochMilli(in.readLong());
    return days == 0 ? Optional.empty() : Optional.of(new Rotation.Schedule(days, next));
  }

  private static int count(DataInputStream in) throws IOException {
    int count = in.readInt();
    if (count < 0 || count > MOST) {
      throw new IllegalArgumentException("too many of something");
    }
    return count;
  }
}
