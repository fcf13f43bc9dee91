package dev.keyhold.keyring;

import dev.keyhold.error.AlteredException;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeystoreId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stored key is not what Keyhold wrote: its row was edited, swapped or damaged. Refused and
/// reported, never served; the caller gets an internal error.
public final class IntegrityException extends AlteredException {
  private static final Logger LOG = LoggerFactory.getLogger(IntegrityException.class);
  private static final long serialVersionUID = 1L;

  IntegrityException(KeyId key, String what) {
    this("key " + key, what);
  }

  private IntegrityException(String whose, String what) {
    super(whose + " in the store is not as Keyhold wrote it: " + what);
  }

  /// For an altered row, which is logged at once: a listing goes on without it, and then nobody
  /// else tells.
  static IntegrityException reported(KeyId key, String what) {
    return new IntegrityException(key, what).logged();
  }

  static IntegrityException reported(KeyId key, String what, Throwable cause) {
    var altered = new IntegrityException(key, what);
    altered.initCause(cause);
    return altered.logged();
  }

  static IntegrityException reported(KeystoreId keystore, String what) {
    return new IntegrityException("keystore " + keystore, what).logged();
  }

  private IntegrityException logged() {
    LOG.error("{}", getMessage());
    return this;
  }
}
