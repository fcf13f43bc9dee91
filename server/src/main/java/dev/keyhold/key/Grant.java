package dev.keyhold.key;

import java.time.Instant;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Permission to use a key from outside its project.
///
/// @param id 64 hexadecimal characters in lower case
/// @param project the key's
/// @param name empty for none
/// @param operations at least one
/// @param issuer the user who made it
/// @param retiring the user, or the domain of the users, who may also retire it; empty for none
public record Grant(
    String id,
    KeyId key,
    ProjectId project,
    String name,
    Grantee grantee,
    Set<GrantOperation> operations,
    String issuer,
    String retiring,
    Instant createdAt) {
  public Grant {
    operations = Collections.unmodifiableSet(EnumSet.copyOf(operations));
  }

  /// The names of the operations in alphabetical order.
  public List<String> operationNames() {
    return operations.stream().map(GrantOperation::wireName).sorted().toList();
  }

  /// Whether a user of a domain may give this grant up: who issued it, who was named for that, and
  /// a grantee who was granted it.
  public boolean mayBeRetiredBy(String user, String domain) {
    boolean named = !retiring.isEmpty() && (retiring.equals(user) || retiring.equals(domain));
    return issuer.equals(user)
        || named
        || (operations.contains(GrantOperation.RETIRE_GRANT) && isFor(user, domain));
  }

  private boolean isFor(String user, String domain) {
    return switch (grantee.type()) {
      case USER -> grantee.id().equals(user);
      case DOMAIN -> grantee.id().equals(domain);
    };
  }
}
