package dev.keyhold.operation;

import dev.keyhold.error.KmsError;
import dev.keyhold.iam.Action;
import dev.keyhold.iam.Authorizer;
import dev.keyhold.iam.Caller;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeyReference;
import dev.keyhold.keyring.AliasVault;
import dev.keyhold.keyring.DefaultKeys;

/// Finds the key that a request means, for the calls that accept an alias or a URN beside the id,
/// and asks whether the caller may use it. Nothing is looked up, nor any default key made, for a
/// caller who may do this with no key.
///
/// An id resolves to itself, whether or not there is such a key. An alias that was seen before is
/// resolved in memory; any other way [dev.keyhold.error.Blocking#ahead] is called first.
public final class KeyReferences {
  private final Authorizer authorizer;
  private final AliasVault aliases;
  private final DefaultKeys defaultKeys;
  private final String region;

  public KeyReferences(
      Authorizer authorizer, AliasVault aliases, DefaultKeys defaultKeys, String region) {
    this.authorizer = authorizer;
    this.aliases = aliases;
    this.defaultKeys = defaultKeys;
    this.region = region;
  }

  /// The key with which the caller may do `action`; whether there is such a key is told by no id.
  ///
  /// @throws dev.keyhold.error.KmsException.Rejected as [Authorizer#require], or `KMS.0207` when
  ///   the caller's domain has no such alias
  public KeyId permitted(Caller caller, Action action, KeyReference reference) {
    authorizer.require(caller, action);
    KeyId key = resolve(caller, reference);
    authorizer.require(caller, action, key);
    return key;
  }

  private KeyId resolve(Caller caller, KeyReference reference) {
    return switch (reference) {
      case KeyReference.ById(KeyId id) -> id;
      case KeyReference.ByAlias(AliasName alias) -> byAlias(caller, alias);
      case KeyReference.ByUrn urn -> {
        // Other domains' aliases are not looked up at all, so nothing can be learned of them.
        if (!urn.region().equals(region)
            || !urn.domain().equals(caller.principal().domain().text())) {
          throw KmsError.KEY_NOT_FOUND.rejected();
        }
        yield byAlias(caller, urn.alias());
      }
    };
  }

  private KeyId byAlias(Caller caller, AliasName alias) {
    // No alias of a caller's own can have the name of a default key.
    return defaultKeys
        .find(caller.principal().domain(), caller.project(), alias.text())
        .or(() -> aliases.resolve(caller.principal().domain(), alias))
        .orElseThrow(KmsError.KEY_NOT_FOUND::rejected);
  }
}
