package dev.keyhold.iam;

import dev.keyhold.key.DomainId;

/// A user of a domain.
///
/// @param name unique within the domain
/// @param credentialEpoch from 0; grows whenever the user's password changes, one of their access
///   keys is disabled or deleted, or they are disabled. A token carries the epoch of its making and
///   dies with it
/// @param enabled whether the user may authenticate at all, by any means
public record User(
    UserId id,
    DomainId domain,
    Name name,
    PasswordHash password,
    long credentialEpoch,
    boolean enabled) {

  /// With another password. Their tokens die at the next epoch.
  public User withPassword(PasswordHash next) {
    return new User(id, domain, name, next, credentialEpoch, enabled);
  }

  public User disabled() {
    return new User(id, domain, name, password, credentialEpoch, false);
  }

  public User ofNextEpoch() {
    return new User(id, domain, name, password, credentialEpoch + 1, enabled);
  }
}
