package dev.keyhold;

import dev.keyhold.feed.Change;
import dev.keyhold.feed.Followed;
import dev.keyhold.iam.AccessKeyId;
import dev.keyhold.iam.AccessKeys;
import dev.keyhold.iam.Tenancy;
import dev.keyhold.iam.UserId;
import dev.keyhold.iam.Users;
import dev.keyhold.key.AliasName;
import dev.keyhold.key.DomainId;
import dev.keyhold.key.Grantee;
import dev.keyhold.key.KeyId;
import dev.keyhold.key.KeystoreId;
import dev.keyhold.keyring.AliasVault;
import dev.keyhold.keyring.DefaultKeys;
import dev.keyhold.keyring.GrantVault;
import dev.keyhold.keyring.Keyring;
import dev.keyhold.keyring.Keystores;
import dev.keyhold.seal.Keks;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;

/// Who forgets what when it changes on another node. docs/architecture.md, "Many nodes", has the
/// list of all that is held in memory.
final class Following {
  private Following() {}

  static Map<Change.Kind, Followed> caches(
      Keyring keyring,
      Keks keks,
      DefaultKeys defaultKeys,
      Keystores keystores,
      GrantVault grants,
      AliasVault aliases,
      Users users,
      AccessKeys accessKeys,
      Tenancy tenancy,
      RootKeyWatch rootKey) {
    var caches = new EnumMap<Change.Kind, Followed>(Change.Kind.class);
    for (Change.Kind kind : Change.Kind.values()) {
      caches.put(
          kind,
          switch (kind) {
            case KEY -> keys(keyring, keks, defaultKeys);
            case KEYSTORE -> keystores(keyring, keystores);
            case GRANTS -> grants(grants);
            case ALIAS -> aliases(aliases);
            case USER -> new Followed(id -> users.invalidate(new UserId(id)), users::invalidateAll);
            case ACCESS_KEY ->
                new Followed(
                    id -> accessKeys.invalidate(new AccessKeyId(id)), accessKeys::invalidateAll);
            case REPLICA -> replicas(grants, aliases);
            case ROOT_KEY -> rootKey(keks, rootKey);
            case PROJECTS ->
                new Followed(id -> tenancy.invalidate(new DomainId(id)), tenancy::invalidateAll);
          });
    }
    return caches;
  }

  /// A key-encryption key, or which key is a default one, changes with the whole store alone.
  private static Followed keys(Keyring keyring, Keks keks, DefaultKeys defaultKeys) {
    return new Followed(
        id -> keyring.invalidate(new KeyId(id)),
        () -> {
          keks.forgetAll();
          defaultKeys.invalidateAll();
          keyring.invalidateAll();
        });
  }

  private static Followed rootKey(Keks keks, RootKeyWatch watch) {
    return new Followed(
        _ -> {
          keks.forgetAll(); // each is wrapped otherwise in the store now
          watch.suspect();
        },
        watch::suspect);
  }

  private static Followed keystores(Keyring keyring, Keystores keystores) {
    return new Followed(
        id -> {
          var keystore = new KeystoreId(id);
          keystores.forget(keystore);
          keyring.invalidate(keystore);
        },
        keystores::forgetAll);
  }

  private static Followed grants(GrantVault grants) {
    return new Followed(
        id -> {
          String[] parts = Change.parts(id, 3);
          grants.invalidate(new KeyId(parts[0]), new Grantee(granteeType(parts[1]), parts[2]));
        },
        grants::invalidateAll);
  }

  private static Grantee.Type granteeType(String wireName) {
    return Stream.of(Grantee.Type.values())
        .filter(type -> type.wireName().equals(wireName))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no such type of grantee"));
  }

  private static Followed replicas(GrantVault grants, AliasVault aliases) {
    return new Followed(
        id -> {
          grants.invalidate(new KeyId(id));
          aliases.invalidate(new KeyId(id));
        },
        () -> {}); // GRANTS and ALIAS do
  }

  private static Followed aliases(AliasVault aliases) {
    return new Followed(
        id -> {
          String[] parts = Change.parts(id, 2);
          aliases.invalidate(new DomainId(parts[0]), new AliasName(parts[1]));
        },
        aliases::invalidateAll);
  }
}
