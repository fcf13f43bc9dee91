package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import dev.keyhold.crypto.CryptoProviders.RsaEc;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CryptoProvidersTest {
  @Test
  void nativeProviderServesWhereItHasABuild() {
    var platform =
        NativeProvider.platform(System.getProperty("os.name"), System.getProperty("os.arch"));
    if (platform.isPresent()) {
      assertThat(NativeProvider.load()).isInstanceOf(NativeProvider.Loaded.class);
      assertThat(CryptoProviders.rsaEc().name()).isEqualTo("AmazonCorrettoCryptoProvider 2.5.0");
    } else {
      assertThat(CryptoProviders.rsaEc().name()).startsWith("JDK");
    }
  }

  @Test
  void platformsWithoutABuildHaveNone() {
    assertThat(NativeProvider.platform("Linux", "aarch64")).contains("linux-aarch_64");
    assertThat(NativeProvider.platform("Linux", "riscv64")).isEmpty();
    assertThat(NativeProvider.platform("Mac OS X", "aarch64")).isEmpty();
    assertThat(NativeProvider.platform("Windows 11", "amd64")).isEmpty();
  }

  @Test
  void descriptionNamesEachProviderAndTheReason() {
    assertThat(CryptoProviders.describe())
        .hasSize(3)
        .satisfies(lines -> {
          assertThat(lines.getFirst())
              .startsWith("RSA, EC_P256, EC_P384, EC_P521: " + CryptoProviders.rsaEc().name());
          assertThat(lines.getLast()).endsWith("BouncyCastle 1.87");
        });
  }

  @Test
  void noProviderIsInstalled() {
    CryptoProviders.describe();
    KeyPairs.generate(KeyPairSpec.SM2).close();
    assertThat(java.security.Security.getProviders())
        .extracting(java.security.Provider::getName)
        .doesNotContain("BC", "AmazonCorrettoCryptoProvider");
  }

  /// Loading the native provider costs a start-up nobody asked for.
  @ParameterizedTest
  @EnumSource(
      names = {"RSA_2048", "RSA_3072", "RSA_4096", "EC_P256", "EC_P384", "EC_P521"},
      mode = EnumSource.Mode.EXCLUDE)
  void otherKeysNeverAskForTheChoice(KeyPairSpec spec) {
    Supplier<RsaEc> nobody =
        () -> {
          throw new AssertionError("asked");
        };
    try (EncodedKeyPair pair = KeyPairs.generate(spec, nobody)) {
      if (spec.kind() != KeyPairSpec.Kind.ML_KEM) {
        var copy = new KeyMaterial(pair.privateKey().lend(byte[]::clone));
        SigningKey.of(spec, copy, nobody).close();
        assertThat(VerifyingKey.of(spec, pair.publicKey(), nobody)).isPresent();
      }
    }
  }
}
