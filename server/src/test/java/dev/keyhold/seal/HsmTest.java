package dev.keyhold.seal;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.chaos.Chaos;
import dev.keyhold.chaos.ChaosRow;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.error.KmsException.Unavailable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.UUID;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

@Tag(Chaos.TAG)
@Tag(Chaos.QUICK)
class HsmTest {
  @RegisterExtension
  static final ChaosRow ROW =
      ChaosRow.of(
          "F14 HSM",
          "altered values, a wrong PIN, a token that was away, no module, an exposed PIN file");

  private static final byte[] AAD = "aad".getBytes(UTF_8);

  @TempDir private Path folder;

  private final String label = "test-" + UUID.randomUUID();

  @Test
  void whatOneSessionWrapsAnotherUnwraps() {
    Hsm.Token token = SoftHsm.token(folder);
    byte[] secret = Random.bytes(32);
    var first = new Hsm(token);
    first.generate(label);

    byte[] wrapped = first.wrap(label, new KeyMaterial(secret.clone()), AAD);

    assertThat(wrapped).hasSize(1 + 12 + 32 + 16);
    try (KeyMaterial opened = new Hsm(token).unwrap(label, wrapped, AAD)) {
      assertThat(opened.lend(byte[]::clone)).isEqualTo(secret);
    }
  }

  @Test
  void theKeyDoesNotComeOut() {
    var hsm = new Hsm(SoftHsm.token(folder));
    hsm.generate(label);
    assertThat(hsm.isSensitive(label)).isTrue();
  }

  @Test
  void anAlteredValueIsToldFromATokenInTrouble() {
    var hsm = new Hsm(SoftHsm.token(folder));
    hsm.generate(label);
    byte[] wrapped = hsm.wrap(label, new KeyMaterial(Random.bytes(32)), AAD);
    for (int place : new int[] {0, 1, 13, wrapped.length - 1}) {
      byte[] altered = wrapped.clone();
      altered[place] ^= 1;
      assertThatThrownBy(() -> hsm.unwrap(label, altered, AAD)).isInstanceOf(SealException.class);
    }
    assertThatThrownBy(() -> hsm.unwrap(label, wrapped, "other".getBytes(UTF_8)))
        .isInstanceOf(SealException.class);
    assertThatThrownBy(() -> hsm.unwrap(label, new byte[0], AAD)).isInstanceOf(SealException.class);
    assertThatThrownBy(() -> hsm.unwrap("no such key", wrapped, AAD))
        .isInstanceOf(Unavailable.class);
  }

  @Test
  void aWrongPinIsNotTriedAgainUntilItsFileChanges() throws Exception {
    Hsm.Token token = SoftHsm.untouched(folder, "00000000");
    var hsm = new Hsm(token);
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(() -> hsm.generate(label))
          .isInstanceOf(Unavailable.class)
          .hasMessageNotContaining("00000000");
    }
    SoftHsm.write(token.pinFile(), SoftHsm.rightPin());
    Files.setLastModifiedTime(token.pinFile(), FileTime.from(Instant.now().plusSeconds(5)));
    hsm.generate(label);
  }

  /// Not without the module's end and new beginning: SoftHSM2 takes what was away for gone.
  @Test
  void aTokenThatWasAwayIsUsedAgain() throws Exception {
    var hsm = new Hsm(SoftHsm.token(folder));
    hsm.generate(label);
    hsm.generate("second-" + label);
    byte[] secret = Random.bytes(32);
    byte[] wrapped = hsm.wrap(label, new KeyMaterial(secret.clone()), AAD);
    for (int round = 0; round < 2; round++) {
      Path away = SoftHsm.tokens().resolveSibling("away");
      Files.move(SoftHsm.tokens(), away);
      try {
        for (int i = 0; i < 2; i++) {
          assertThatThrownBy(() -> hsm.unwrap(label, wrapped, AAD)).isInstanceOf(Unavailable.class);
        }
      } finally {
        Files.move(away, SoftHsm.tokens());
      }
      try (KeyMaterial opened = patiently(() -> hsm.unwrap(label, wrapped, AAD))) {
        assertThat(opened.lend(byte[]::clone)).isEqualTo(secret);
      }
      // The provider destroys what is unreachable, by numbers from before the new beginning.
      System.gc();
      Thread.sleep(2_500); // its thread looks every two seconds
      hsm.generate("another-" + round + label);
      assertThat(hsm.isSensitive(label)).isTrue();
      assertThat(hsm.isSensitive("second-" + label)).isTrue();
      assertThat(hsm.isSensitive("another-" + round + label)).isTrue();
    }
  }

  /// A module is not begun anew for each call.
  private static <T> T patiently(Supplier<T> call) throws InterruptedException {
    long begin = System.nanoTime();
    while (true) {
      try {
        return call.get();
      } catch (Unavailable e) {
        if (System.nanoTime() - begin > 20_000_000_000L) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }

  @Test
  void aModuleThatIsNotThereIsUnavailable() {
    Hsm.Token token = SoftHsm.token(folder);
    var hsm = new Hsm(new Hsm.Token("gone", folder.resolve("no-module.so"), 0, token.pinFile()));
    assertThatThrownBy(() -> hsm.generate(label)).isInstanceOf(Unavailable.class);
  }

  @Test
  void aPinFileForAllToReadIsRefused() throws Exception {
    Hsm.Token token = SoftHsm.token(folder);
    Files.setPosixFilePermissions(token.pinFile(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(() -> new Hsm(token).generate(label))
        .isInstanceOf(Unavailable.class)
        .rootCause()
        .hasMessageContaining("accessible to other users");
  }
}
