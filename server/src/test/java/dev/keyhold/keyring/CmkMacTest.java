package dev.keyhold.keyring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.Digest;
import dev.keyhold.crypto.Hex;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.ImportedMaterial;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyName;
import dev.keyhold.key.KeyOrigin;
import dev.keyhold.key.KeySpec;
import dev.keyhold.key.KeyState;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.key.ProjectId;
import dev.keyhold.key.Regions;
import dev.keyhold.key.Rotation;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// The bytes under the MAC of a key's row: whoever changes them makes every stored key an altered
/// one.
final class CmkMacTest {
  private static final Instant NOW = Instant.parse("2026-02-03T04:05:06.789Z");

  private static final Cmk PLAIN =
      Cmk.fresh(
              new KeyId("0d0466b0-e727-4d9c-b35d-f84bb474a37f"),
              new ProjectId("53d1aefc533f4ce9a59c26b01667cbcf"),
              new DomainId("b168fe00ff56492495a7d22974df2d0b"),
              new KeyName("orders"),
              KeySpec.AES_256,
              NOW)
          .description("für Bestellungen")
          .build();

  @Test
  void rowOfANewKeyKeepsItsBytes() {
    assertThat(digest(PLAIN))
        .isEqualTo("816dba7bd9057dad51c5240d0bb6a07de6ba54331cfb0561235d2ecbf1e1005a");
  }

  @Test
  void rowWithAllThatAKeyCanHaveKeepsItsBytes() {
    var schedule = new Rotation.Schedule(90, NOW.plusSeconds(90));
    var replica = new Regions.Replica("eu-2", PLAIN.project(), 2, 1);
    Cmk full =
        PLAIN.toBuilder()
            .origin(KeyOrigin.EXTERNAL)
            .state(new KeyState.PendingDeletion(NOW.plusSeconds(7)))
            .keystore(new KeystoreId("6c1f2e0a-9b1d-4f7e-8a55-0c7d6f1e2b3a"))
            .defaultKey(true)
            .currentVersion(3)
            .rotation(new Rotation(Optional.of(schedule), Optional.of(NOW)))
            .imported(ImportedMaterial.first(Bytes.owning(new byte[] {1, 2}), Optional.of(NOW)))
            .regions(
                Optional.of(
                    new Regions(Regions.Role.LEAVING, "eu-1", 4, List.of(replica), Optional.of(5))))
            .revision(6)
            .build();
    assertThat(digest(full))
        .isEqualTo("f968ee6db642c61835bc08b072af671e6f7e8d34640f42bc2a03cc7d6fe3aea2");
  }

  private static String digest(Cmk cmk) {
    return Hex.lowerText(Digest.SHA_256.digest(CmkMac.canonical(cmk)));
  }
}
