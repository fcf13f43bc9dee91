package dev.keyhold.keyring;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.seal.KekScope;
import dev.keyhold.seal.Keks;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.IntStream;

/// By what imported material is recognised: a MAC over the key's id and the material, under a key
/// of the project.
final class ImportPrint {
  private static final String PURPOSE = "imported-material";

  private final Keks keks;

  ImportPrint(Keks keks) {
    this.keks = keks;
  }

  /// @param encoded as [Material#encode] makes it; stays the caller's
  Bytes of(Cmk cmk, KeyMaterial encoded) {
    return identified(cmk, encoded, content -> keks.mac(scope(cmk), PURPOSE, content));
  }

  /// The version of a key's imported material, present or not, that this is.
  OptionalInt version(Cmk cmk, KeyMaterial encoded) {
    List<ImportedMaterial.Version> versions =
        cmk.imported().map(ImportedMaterial::versions).orElse(List.of());
    Bytes now = of(cmk, encoded);
    // Most are under the newest KEK; only those under another one need a look at it each.
    OptionalInt same =
        IntStream.range(0, versions.size())
            .filter(number -> versions.get(number).print().equals(now))
            .findFirst();
    return same.isPresent() || versions.isEmpty()
        ? same
        : identified(
            cmk,
            encoded,
            content ->
                IntStream.range(0, versions.size())
                    .filter(number -> matches(cmk, content, versions.get(number)))
                    .findFirst());
  }

  /// Whether it is what was imported as that version; true of keys whose material is not imported.
  boolean isOfVersion(Cmk cmk, int version, KeyMaterial encoded) {
    if (cmk.imported().isEmpty()) {
      return true;
    }
    List<ImportedMaterial.Version> versions = cmk.imported().get().versions();
    return version < versions.size()
        && identified(cmk, encoded, content -> matches(cmk, content, versions.get(version)));
  }

  private boolean matches(Cmk cmk, byte[] content, ImportedMaterial.Version version) {
    return keks.macMatches(scope(cmk), PURPOSE, content, version.print());
  }

  private static KekScope scope(Cmk cmk) {
    return new KekScope.OfProject(cmk.project());
  }

  /// The id has a fixed length, so no two keys and materials read alike.
  private static <R> R identified(Cmk cmk, KeyMaterial encoded, Function<byte[], R> use) {
    byte[] id = cmk.id().text().getBytes(StandardCharsets.US_ASCII);
    byte[] content =
        encoded.lend(
            bytes -> ByteBuffer.allocate(id.length + bytes.length).put(id).put(bytes).array());
    try {
      return use.apply(content);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }
}
