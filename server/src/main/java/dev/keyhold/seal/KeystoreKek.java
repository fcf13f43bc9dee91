package dev.keyhold.seal;

import dev.keyhold.crypto.Bytes;
import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.crypto.Random;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.KeystoreId;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// The key-encryption key of a dedicated keystore, unwrapped. What it wraps is wrapped once more
/// under the project's KEK ([Keks]): opening it takes the root key and the HSM.
public final class KeystoreKek implements AutoCloseable {
  private static final int VERSION = 1;

  private final KeystoreId keystore;
  private final Kek kek;
  private final AtomicBoolean open = new AtomicBoolean(true);

  private KeystoreKek(KeystoreId keystore, Kek kek) {
    this.keystore = keystore;
    this.kek = kek;
  }

  /// Makes the HSM's key of a new keystore, and a KEK wrapped under it.
  ///
  /// @throws dev.keyhold.error.KmsException.Unavailable when the HSM does not answer
  public static byte[] create(Hsm hsm, KeystoreId keystore, DomainId domain) {
    hsm.generate(label(keystore));
    try (var secret = new KeyMaterial(Random.bytes(Kek.BYTES))) {
      return hsm.wrap(label(keystore), secret, aad(hsm, keystore, domain));
    }
  }

  /// @param wrapped as [#create] made it
  /// @throws SealException when it was altered
  /// @throws dev.keyhold.error.KmsException.Unavailable when the HSM does not answer
  public static KeystoreKek open(Hsm hsm, KeystoreId keystore, DomainId domain, byte[] wrapped) {
    KeyMaterial secret = hsm.unwrap(label(keystore), wrapped, aad(hsm, keystore, domain));
    return new KeystoreKek(keystore, new Kek(VERSION, Bytes.owning(wrapped), secret));
  }

  /// The HSM's key, by the label that the operator sees in the token.
  static String label(KeystoreId keystore) {
    return "keyhold-keystore-" + keystore.text();
  }

  private static byte[] aad(Hsm hsm, KeystoreId keystore, DomainId domain) {
    return Canonical.encode(
        "keyhold keystore kek v1", keystore.text(), domain.text(), hsm.cluster());
  }

  /// Wraps the secret of a row. `secret` stays the caller's.
  ///
  /// @return empty when this was closed
  public Optional<KeyMaterial> wrap(RowIdentity identity, KeyMaterial secret) {
    return whileOpen(
        () -> new KeyMaterial(secret.lend(bytes -> kek.wrapping().seal(bytes, aad(identity)))));
  }

  /// @return empty when this was closed
  /// @throws SealException when `wrapped` is not what [#wrap] made of this row's secret
  public Optional<KeyMaterial> unwrap(RowIdentity identity, KeyMaterial wrapped) {
    return whileOpen(() ->
        kek.wrapping()
            .open(wrapped.lend(byte[]::clone), aad(identity))
            .orElseThrow(() ->
                new SealException(
                    "A secret in the row "
                        + identity.rowId()
                        + " does not open under the KEK of keystore "
                        + keystore
                        + ".")));
  }

  private Optional<KeyMaterial> whileOpen(Supplier<KeyMaterial> work) {
    if (!kek.retain()) {
      return Optional.empty();
    }
    try {
      return Optional.of(work.get());
    } finally {
      kek.close();
    }
  }

  private byte[] aad(RowIdentity identity) {
    byte[] owner = Canonical.encode("keyhold keystore row v1", keystore.text());
    byte[] row = identity.canonical();
    byte[] aad = Arrays.copyOf(owner, owner.length + row.length);
    System.arraycopy(row, 0, aad, owner.length, row.length);
    return aad;
  }

  /// Wipes it when the last use ends.
  @Override
  public void close() {
    if (open.compareAndSet(true, false)) {
      kek.close();
    }
  }
}
