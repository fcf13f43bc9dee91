package dev.keyhold.iam;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.key.KeyId;

/// Decides whether a caller may do something. Every operation asks here, before it loads a key: a
/// caller without permission must not learn whether the key exists.
///
/// Today a member of the domain may do everything in the domain's projects; that a project is the
/// caller's was established when the [Caller] was made. Policies and grants will be asked here.
public class Authorizer {

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0306` or `KMS.0307` when not permitted
  public void require(Caller caller, Action action, KeyId key) {
    AuditScope.key(key.text()); // recorded whatever comes of it
  }

  /// For actions on no key in particular.
  public void require(Caller caller, Action action) {}
}
