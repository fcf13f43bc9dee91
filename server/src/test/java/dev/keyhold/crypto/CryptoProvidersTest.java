package dev.keyhold.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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
}
