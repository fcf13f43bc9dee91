package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.Blocking;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccessKeysTest {
  private final TestIam iam = new TestIam();
  private final AccessKeyId id = iam.alice.accessKey();
  private final List<KeyMaterial> unwrapped = new ArrayList<>();
  private final AccessKeys accessKeys =
      new AccessKeys(
          iam.repository,
          new AccessKeySecrets() {
            @Override
            public Bytes wrap(AccessKeyId key, UserId user, KeyMaterial secret) {
              throw new AssertionError("only read here");
            }

            @Override
            public KeyMaterial unwrap(AccessKey key) {
              KeyMaterial secret = TestIam.FAKE_WRAPPING.unwrap(key);
              unwrapped.add(secret);
              return secret;
            }
          });

  @Test
  void lendsTheSecretAndUnwrapsItOnce() {
    for (int i = 0; i < 3; i++) {
      assertThat(secret()).isEqualTo(iam.alice.secret());
    }
    assertThat(unwrapped).hasSize(1);
  }

  @Test
  void anUnknownKeyHasNone() {
    assertThat(accessKeys.use(new AccessKeyId("NOSUCH"), String::new)).isEmpty();
  }

  @Test
  void doesNotWaitForTheStoreWhereWaitingIsForbidden() {
    assertThatThrownBy(() -> Blocking.forbidden(this::secret))
        .isInstanceOf(Blocking.WouldBlock.class);
    secret();
    Blocking.forbidden(this::secret);
  }

  @Test
  void invalidationWipesTheSecret() {
    secret();
    accessKeys.invalidate(id);
    assertThatThrownBy(() -> unwrapped.getFirst().length())
        .isInstanceOf(NullPointerException.class);
    assertThat(secret()).isEqualTo(iam.alice.secret());
  }

  @Test
  void aSecretInUseIsWipedOnlyAfterItsUse() {
    accessKeys.use(
        id,
        secret -> {
          accessKeys.invalidate(id);
          assertThat(new String(secret, StandardCharsets.US_ASCII)).isEqualTo(iam.alice.secret());
          return secret;
        });
    assertThatThrownBy(() -> unwrapped.getFirst().length())
        .isInstanceOf(NullPointerException.class);
  }

  private String secret() {
    return accessKeys
        .use(id, bytes -> new String(bytes, StandardCharsets.US_ASCII))
        .orElseThrow()
        .result();
  }
}
