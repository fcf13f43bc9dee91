package dev.keyhold;

import dev.keyhold.crypto.KeyMaterial;
import dev.keyhold.error.KmsException;
import dev.keyhold.iam.AccessKey;
import dev.keyhold.iam.IdentityMac;
import dev.keyhold.iam.SealedSecrets;
import dev.keyhold.key.Cmk;
import dev.keyhold.key.StoredCmk;
import dev.keyhold.key.StoredMaterial;
import dev.keyhold.keyring.KeystoreCheck;
import dev.keyhold.keyring.RowCheck;
import dev.keyhold.seal.Hsm;
import dev.keyhold.seal.KekRepository.StoredKek;
import dev.keyhold.seal.Keks;
import dev.keyhold.seal.Seal;
import dev.keyhold.seal.SealCheck;
import dev.keyhold.seal.SealException;
import dev.keyhold.store.DamagedRowException;
import dev.keyhold.store.StoredRows;
import java.io.PrintStream;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Looks through a store: prints what is not as Keyhold wrote it, and how many rows were checked.
/// Nothing that it prints is secret.
final class StoreCheck {
  private static final int MOST_TOLD = 20;
  private static final String CLOSED = "it does not open under the identity of its row";

  private final StoredRows rows;
  private final Seal seal;
  private final Keks keks;
  private final KeystoreCheck keystores;
  private final RowCheck check;
  private final SealedSecrets secrets;
  private final IdentityMac identities;
  private final PrintStream out;
  private final Progress progress;
  private long rowsDone;
  private long bad;

  /// @param progress told of each row
  StoreCheck(StoredRows rows, Seal seal, Optional<Hsm> hsm, PrintStream out, Progress progress) {
    this.rows = rows;
    this.seal = seal;
    this.keks = new Keks(seal, rows.keks());
    this.keystores = new KeystoreCheck(keks, hsm);
    this.check = new RowCheck(keks, keystores);
    this.secrets = new SealedSecrets(keks);
    this.identities = new IdentityMac(keks);
    this.out = out;
    this.progress = progress;
  }

  /// @return whether all is well
  /// @throws SealException when this is not the root key of the store
  boolean run() {
    try {
      say("SQLite's own integrity check");
      rows.integrity().forEach(problem -> report("database", "file", problem));
      SealCheck.verify(seal, rows.keks());
      table("kek", rows::eachKek, this::kek);
      table("keystore", rows::eachKeystore, keystores::keystore);
      table("cmk", rows::eachCmk, this::cmk);
      table("cmk_material", rows::eachMaterial, this::material);
      table("cmk_alias", rows::eachAlias, check::alias);
      table("cmk_grant", rows::eachGrant, check::grant);
      table("cmk_tag", rows::eachTag, _ -> Optional.empty());
      table("iam_access_key", visitor -> rows.eachAccessKey(identities, visitor), this::accessKey);
      table(
          "iam", visitor -> rows.eachIdentity(identities, visitor), (Object _) -> Optional.empty());
      progress.end();
      rows.contradictions()
          .forEach(finding -> report(finding.table(), finding.id(), finding.problem()));
    } catch (KmsException.Unavailable e) {
      // SQLite can't read a page; what follows in this table and the others is not known.
      report("database", "file", "can't be read on: " + rootOf(e));
    } finally {
      keystores.close();
      keks.close();
    }
    keystores.unchecked().ifPresent(out::println);
    out.println(bad == 0 ? "All is as Keyhold wrote it." : bad + " problems.");
    return bad == 0;
  }

  private interface Walk<T> {
    void each(StoredRows.Visitor<T> visitor);
  }

  private <T> void table(String name, Walk<T> walk, Function<T, Optional<String>> problemOf) {
    long[] count = {0};
    walk.each((id, row) -> {
      count[0]++;
      progress.accept(++rowsDone);
      row.map(problemOf)
          .orElseGet(() -> Optional.of("it does not parse, or its MAC does not match"))
          .ifPresent(problem -> report(name, id, problem));
    });
    say("%-16s %d rows".formatted(name, count[0]));
  }

  private Optional<String> kek(StoredKek kek) {
    return Keks.opens(seal, kek) ? Optional.empty() : Optional.of(CLOSED);
  }

  private Optional<String> cmk(StoredCmk stored) {
    return check.cmk(stored).or(() -> missing(stored.cmk()));
  }

  private Optional<String> missing(Cmk cmk) {
    Set<Integer> there;
    try {
      there = rows.versions(cmk.id());
    } catch (DamagedRowException _) {
      return Optional.of("a row of its material does not parse");
    }
    String missing =
        versionsOf(cmk)
            .filter(version -> !there.contains(version))
            .limit(MOST_TOLD)
            .mapToObj(Integer::toString)
            .collect(Collectors.joining(", "));
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of("its material is missing, of version " + missing);
  }

  /// The versions of its material that a key has in whatever state it is: all that was made here,
  /// or what its row says is left of what was imported.
  private static IntStream versionsOf(Cmk cmk) {
    return switch (cmk.origin()) {
      case KMS -> IntStream.rangeClosed(0, cmk.newestVersion());
      case EXTERNAL ->
          cmk.imported().stream()
              .flatMapToInt(
                  imported -> IntStream.range(0, imported.versions().size()).filter(imported::has));
    };
  }

  private Optional<String> material(StoredMaterial stored) {
    try {
      return rows.cmk(stored.key())
          .map(owner -> check.material(owner.cmk(), stored))
          .orElseGet(() -> Optional.of("its key is not there"));
    } catch (DamagedRowException _) {
      return Optional.of("the row of its key does not parse");
    }
  }

  private Optional<String> accessKey(AccessKey key) {
    try (KeyMaterial _ = secrets.unwrap(key)) {
      return Optional.empty();
    } catch (SealException _) {
      return Optional.of(CLOSED);
    }
  }

  private void report(String table, String id, String problem) {
    bad++;
    say("BAD " + table + " " + Printable.brief(id) + ": " + problem);
  }

  private void say(String line) {
    progress.clear();
    out.println(line);
  }

  private static String rootOf(Throwable failure) {
    Throwable cause = failure;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }
}
