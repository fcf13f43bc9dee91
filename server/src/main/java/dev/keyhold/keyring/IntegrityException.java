package dev.keyhold.keyring;

import dev.keyhold.error.AlteredException;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeystoreId;

/// A stored key is not what Keyhold wrote: its row was edited, swapped or damaged. Refused and
/// reported, never served; the caller gets an internal error.
public final class IntegrityException extends AlteredException {
  private static final long serialVersionUID = 1L;

  IntegrityException(KeystoreId keystore, String what) {
    super("keystore " + keystore + " in the store is not as Keyhold wrote it: " + what);
  }

  IntegrityException(KeyId key, String what) {
    super("key " + key + " in the store is not as Keyhold wrote it: " + what);
  }
}
