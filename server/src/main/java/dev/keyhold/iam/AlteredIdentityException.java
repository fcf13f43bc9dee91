package dev.keyhold.iam;

import dev.keyhold.error.AlteredException;

/// A stored domain, project, user or access key is not what Keyhold wrote: its row was edited or
/// swapped. Refused and reported, never acted on; the caller gets an internal error.
public final class AlteredIdentityException extends AlteredException {
  private static final long serialVersionUID = 1L;

  AlteredIdentityException(String what, String id) {
    super("the row of " + what + " " + id + " is not as Keyhold wrote it: its MAC is wrong");
  }
}
