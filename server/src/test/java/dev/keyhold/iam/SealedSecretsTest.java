package dev.keyhold.iam;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.seal.KekRepository;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class SealedSecretsTest {
  private static final String SECRET = "a secret access key";

  private final SealedSecrets secrets =
      new SealedSecrets(new Keks(new OpenSeal(), new KeksInMemory()));
  private final AccessKeyId id = new AccessKeyId("AK1");
  private final UserId user = UserId.random();
  private final Bytes wrapped =
      secrets.wrap(id, user, new KeyMaterial(SECRET.getBytes(StandardCharsets.US_ASCII)));

  @Test
  void opensWhatItWrapped() {
    KeyMaterial opened = secrets.unwrap(new AccessKey(id, user, wrapped, true, Instant.EPOCH, ""));
    assertThat(opened.<String>lend(bytes -> new String(bytes, StandardCharsets.US_ASCII)))
        .isEqualTo(SECRET);
    assertThat(new String(wrapped.lent(), StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
  }

  @Test
  void aRowOfAnotherUserOrKeyDoesNotOpen() {
    refuses(new AccessKey(id, UserId.random(), wrapped, true, Instant.EPOCH, ""));
    refuses(new AccessKey(new AccessKeyId("AK2"), user, wrapped, true, Instant.EPOCH, ""));
  }

  private void refuses(AccessKey moved) {
    assertThatThrownBy(() -> secrets.unwrap(moved)).isInstanceOf(SealException.class);
  }

  private static final class OpenSeal implements Seal {
    @Override
    public byte[] wrap(KeyMaterial kek, byte[] aad) {
      return kek.<byte[]>lend(byte[]::clone);
    }

    @Override
    public KeyMaterial unwrap(byte[] wrappedKek, byte[] aad) {
      return new KeyMaterial(wrappedKek.clone());
    }

    @Override
    public String id() {
      return "";
    }

    @Override
    public void close() {}
  }

  private static final class KeksInMemory implements KekRepository {
    private final Map<String, StoredKek> keks = new ConcurrentHashMap<>();

    @Override
    public boolean isEmpty() {
      return keks.isEmpty();
    }

    @Override
    public Optional<StoredKek> newest(String scope) {
      return Optional.ofNullable(keks.get(scope));
    }

    @Override
    public Optional<StoredKek> find(String scope, int version) {
      return newest(scope).filter(kek -> kek.version() == version);
    }

    @Override
    public StoredKek insertIfAbsent(StoredKek kek, Consumer<KekRepository> guard) {
      guard.accept(this);
      return keks.computeIfAbsent(kek.scope(), _ -> kek);
    }
  }
}
