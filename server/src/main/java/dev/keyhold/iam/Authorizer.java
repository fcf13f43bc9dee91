package dev.keyhold.iam;

import dev.keyhold.audit.AuditScope;
import dev.keyhold.key.KeyId;

/// Decides whether a caller may do something. Every operation asks here, before it loads a key: a
/// caller without permission must not learn whether the key exists. Where a key is named by an
/// alias it is asked twice, for the alias must be looked up first: whether the caller may do this
/// with any key at all, then whether with this one.
///
/// Today a member of the domain may do everything in the domain's projects; that a project is the
/// caller's was established when the [Caller] was made. Policies and grants will be asked here.
public class Authorizer {

  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0306` when not permitted
  public void require(Caller caller, Action action, KeyId key) {
    AuditScope.key(key.text()); // recorded whatever comes of it
  }

  /// For actions on no key in particular, and before a key is looked up by an alias.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected `KMS.0306` when the caller may do it with no
  ///   key
  public void require(Caller caller, Action action) {}
}
